import Foundation
import Models
import Neural
import Storage

/// Loads the backbones whose blocks run, and makes sure that the cache's states are theirs.
struct SuffixLoading {
    private let cache: Cache
    private let recipe: TrainingRecipe
    private let operation: String

    init(_ cache: Cache, _ recipe: TrainingRecipe, _ operation: String) {
        (self.cache, self.recipe, self.operation) = (cache, recipe, operation)
    }

    /// The blocks of a stream that run.
    ///
    /// - Throws: ``TrainingError`` of kind `recipe` if no checkpoint is named, of kind `cache` with the
    ///   differing field if it is not the one by which the feature was made.
    func suffix(_ stream: Models.Stream, feature name: String) throws -> FrozenSuffix {
        let path = recipe.backbones[stream]
        guard !path.isEmpty, let first = recipe.placement.firstBlock(stream) else {
            throw TrainingError(
                .recipe, operation,
                "placement \(recipe.placement.name) runs blocks of the \(stream.rawValue) backbone; "
                    + "name its checkpoint as backbones.\(stream.rawValue)")
        }
        let compute = recipe.backbones.compute
        let feature = cache.feature(name)
        let made = try StateReader.recipe(of: feature, in: cache, operation)
        let kind: BackboneInput.Kind =
            switch stream {
            case .visual: .pictures
            case .audio: .spectrograms
            case .text: .texts
            }
        let backbone = try BackboneCatalog.load(path, reading: kind, compute: compute)
        let differences = try Recipe(identity(of: backbone)).differences(from: Self.identity(made))
        guard differences.isEmpty else {
            throw TrainingError(
                .cache, operation,
                "feature '\(name)' is not of backbone \(path): "
                    + differences.joined(separator: "; "))
        }
        return try backbone.suffix(from: first, for: try size(stream, made))
    }

    /// What determines the states, of a backbone at hand.
    private func identity(of backbone: Backbone) throws -> [String: JSONValue] {
        var hashes: [String: JSONValue] = [:]
        for path in backbone.weights {
            let hash = try Cache.hash(ofWeights: path, cache: cache.path)
            hashes[URL(filePath: path).lastPathComponent] = .string(XXH3.hexadecimal(hash))
        }
        let weights: JSONValue =
            switch hashes.count {
            case 0: .string(Cache.identity(builtin: backbone.name, backbone.embedded?.bytes))
            case 1: hashes.first?.value ?? .object(hashes)
            default: .object(hashes)
            }
        return [
            "weights": weights, "family": .string(backbone.family),
            "convention": .string(backbone.convention),
            "depth": .number(Double(backbone.model.depth)),
            "pooling": .string(backbone.model.pooling.description),
            "configuration": JSONValue(encoding: backbone.model.configuration),
            "version": .number(Double(backbone.version)),
        ]
    }

    /// The same of the backbone by which a feature was made.
    private static func identity(_ recipe: Recipe) -> Recipe {
        var fields: [String: JSONValue] = [:]
        if case .object(let backbone)? = recipe["backbone"] { fields = backbone }
        // What the folder is called does not matter, and special tokens follow from the configuration.
        (fields["name"], fields["specials"]) = (nil, nil)
        if case .object(let code)? = recipe["code"] { fields["version"] = code["family"] }
        return Recipe(fields)
    }

    /// The size of the inputs, where the cache still has them.
    private func size(_ stream: Models.Stream, _ made: Recipe) throws -> BackboneInput.Size? {
        guard case .object(let input)? = made["input"], case .string(let name)? = input["feature"],
            let arrays = try cache.feature(name).index().shards.first?.arrays
        else { return nil }
        switch stream {
        case .visual:
            guard let shape = arrays.first(where: { $0.name == "rgb" })?.shape, shape.count == 4
            else { return nil }
            return .picture(height: shape[1], width: shape[2])
        case .audio:
            guard let shape = arrays.first(where: { $0.name == "logmel" })?.shape, shape.count == 3
            else { return nil }
            return .spectrogram(frames: shape[1], bands: shape[2])
        case .text: return nil
        }
    }
}
