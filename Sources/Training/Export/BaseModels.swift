import Foundation
import Models
import Storage
import Tensors

/// What made the states that a run is trained on, kept with the run so that its adapter can be passed on
/// without the cache: `streams.json`, and the final norms beside it.
struct BaseModels {
    /// By stream, what ``StreamSource`` says.
    let streams: [String: StreamSource]

    /// By stream, the file of its backbone's final norm; none where the backbone has none.
    private let norms: [String: Data]

    /// One stream's states.
    struct StreamSource: Codable, Equatable {
        /// Name of the feature.
        let feature: String
        let fingerprint: String

        /// The feature's recipe: backbone, hash of its weights, layers, tokens, number type.
        let recipe: JSONValue

        /// Shape of a clip's states by array, `[T, tokens, C]`.
        let shapes: [String: [Int]]
    }

    /// Looks up the features of a recipe.
    ///
    /// - Precondition: The cache has them.
    init(of cache: Cache, _ recipe: TrainingRecipe) throws {
        var streams: [String: StreamSource] = [:], norms: [String: Data] = [:]
        for (stream, name) in recipe.features.names {
            let stream = stream.rawValue
            let feature = cache.feature(name)
            guard let recipe = try feature.recipe() else {
                preconditionFailure("the cache has no feature \(name)")
            }
            let blocks =
                try feature.index().shards.first?.arrays.filter { $0.shape.count == 3 } ?? []
            streams[stream] = StreamSource(
                feature: name, fingerprint: recipe.fingerprint, recipe: recipe.fields,
                shapes: Dictionary(uniqueKeysWithValues: blocks.map { ($0.name, $0.shape) }))
            let norm = feature.companion("final-norm.safetensors")
            if FileManager.default.fileExists(atPath: norm) {
                norms[stream] = try AtomicFile.read(norm)
            }
        }
        (self.streams, self.norms) = (streams, norms)
    }

    private static func file(in run: String) -> String { "\(run)/streams.json" }

    private static func norm(of stream: String, in run: String) -> String {
        "\(run)/final-norm-\(stream).safetensors"
    }

    func write(to run: String) throws {
        for (stream, norm) in norms {
            try AtomicFile.write(norm, to: Self.norm(of: stream, in: run))
        }
        try AtomicFile.write(JSONLines.seal([streams]), to: Self.file(in: run))
    }

    /// In words, what made these states otherwise than those that a run was trained on.
    func differences(from run: String) throws -> [String] {
        let old = try Self.streams(of: run)
        return streams.sorted { $0.key < $1.key }.flatMap { stream, new -> [String] in
            guard let old = old[stream] else { return ["it had no \(stream) stream"] }
            return Recipe(["\(stream) states": new.recipe])
                .differences(from: Recipe(["\(stream) states": old.recipe]))
        }
    }

    /// Reads what was written to a run's folder.
    static func streams(of run: String) throws -> [String: StreamSource] {
        guard FileManager.default.fileExists(atPath: file(in: run)) else {
            throw TrainingError(
                .failed, "read run \(run)",
                "it has no streams.json; it is of an older version, train it again")
        }
        return try JSONLines.readSealed(file(in: run), as: [String: StreamSource].self).first ?? [:]
    }

    /// The final norm of a stream of a run; nil if its backbone has none.
    static func finalNorm(
        of stream: String, in run: String
    ) throws -> (weight: Tensor, bias: Tensor, epsilon: Double)? {
        let path = norm(of: stream, in: run)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try SafeTensors(reading: path)
        guard case .object(let recipe)? = try streams(of: run)[stream]?.recipe,
            case .object(let backbone)? = recipe["backbone"],
            case .object(let configuration)? = backbone["configuration"],
            case .number(let epsilon)? = configuration["epsilon"]
        else { throw TrainingError(.failed, "read run \(run)", "stream \(stream) has no backbone") }
        return (try file.tensor("weight"), try file.tensor("bias"), epsilon)
    }
}
