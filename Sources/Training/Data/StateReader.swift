import Foundation
import Models
import Neural
import Storage
import Tensors

/// Reads the cached token states of one stream into tensors.
struct StateReader: Sendable {
    /// Width of the last state that is read.
    let width: Int

    let fingerprint: String

    /// Rows of a batch that one clip or text has.
    let rowsPerKey: Int

    /// What its keys name.
    let kind: RowKind

    /// How many moments of a segment the feature has states of; more than one if it is denser.
    let moments: Int

    /// What made the states, other than their input: equal for views of the same.
    let origin: Recipe

    let index: FeatureIndex
    let roles: TokenRoles
    let norm: FrozenLayerNorm?

    /// Whether it also tells which rows come from data, of a stream of clips.
    let readsValidity: Bool
    private(set) var seams: [(tokens: MethodDeclaration.Tokens, array: ArraySpecification)]

    /// Opens a feature of token states.
    ///
    /// - Parameters:
    ///   - cache: The cache that has it.
    ///   - name: The feature.
    ///   - wanted: What is to be read, in the order of the tensors.
    ///   - isDense: Whether there may be several moments of each segment.
    ///   - readsValidity: Whether it is to tell which rows come from data.
    ///   - isPooledWelcome: Whether final tokens may be means over a grid.
    ///   - operation: What errors say was attempted.
    /// - Throws: ``TrainingError`` that names the layer or feature which the cache does not have.
    init(
        _ cache: Cache, feature name: String, seams wanted: [MethodDeclaration.Seam],
        isDense: Bool = false, readsValidity: Bool = false, isPooledWelcome: Bool = false,
        operation: String
    ) throws {
        let feature = cache.feature(name)
        let recipe = try Self.recipe(of: feature, in: cache, operation)
        func failure(_ reason: String) -> TrainingError {
            TrainingError(.cache, operation, "feature '\(name)' \(reason)")
        }
        guard let roles = TokenRoles(recipe) else {
            throw failure("does not hold token states of this version; run avprep encode again")
        }
        let index = try feature.index()
        guard let arrays = index.shards.first?.arrays else { throw failure("has no clips") }
        let blocks = arrays.filter { $0.name.hasPrefix("block_") && $0.shape.count == 3 }
        for block in blocks where block.type == .i8 {
            let scale = ArraySpecification(
                "\(block.name)_scale", .f32, shape: [block.shape[0], block.shape[1]])
            guard arrays.contains(scale) else { throw failure("has no scales of \(block.name)") }
        }
        kind = RowKind(of: recipe)
        let segments = kind == .texts ? 1 : cache.description.segments
        let moments = max(1, (blocks.first?.shape[0] ?? 0) / segments)
        seams = try wanted.map { seam in
            let found = blocks.first { Int($0.name.dropFirst(6)) == seam.layer }
            guard let found else {
                let layers = blocks.compactMap { Int($0.name.dropFirst(6)) }.map(String.init)
                throw failure("has no layer \(seam.layer) (has: \(layers.joined(separator: ", ")))")
            }
            guard found.shape[0] == segments * moments, moments == 1 || isDense else {
                throw failure(
                    "has \(found.shape[0]) states a clip, not one for each of its \(segments) "
                        + "segments; extract without --fps, --frames and --times, or set "
                        + "augmentation.temporalJitter where there are a whole number for each")
            }
            switch seam.tokens {
            case .all where !roles.isWhole, .normed where !roles.isWhole && !isPooledWelcome:
                throw failure(
                    "does not have all tokens of \(found.name), which are read; encode with --tokens "
                        + "all")
            case .patches where found.shape[1] <= roles.firstPatch,
                .normed where found.shape[1] <= roles.firstPatch:
                throw failure(
                    "has class tokens only in \(found.name); encode with --tokens all or grid")
            default:
                let shape = [segments] + found.shape.dropFirst()
                return (seam.tokens, ArraySpecification(found.name, found.type, shape: shape))
            }
        }
        let width = seams.last?.array.shape[2] ?? 0
        let isNormed = wanted.contains { [.pooled, .normed].contains($0.tokens) }
        norm = isNormed ? try Self.norm(of: feature, width, roles, operation) : nil
        self.width = width
        fingerprint = recipe.fingerprint
        origin = recipe.leavingOut(["input"])
        self.moments = moments
        rowsPerKey = segments
        self.roles = roles
        self.readsValidity = readsValidity && kind == .clips
        self.index = index
    }

    /// The recipe of a feature that must exist.
    static func recipe(
        of feature: Feature, in cache: Cache, _ operation: String
    ) throws -> Recipe {
        if let recipe = try feature.recipe() { return recipe }
        let known = cache.featureNames().filter {
            $0.hasPrefix("states-") || $0.hasPrefix("text-")
        }
        throw TrainingError(
            .cache, operation,
            "it has no feature '\(feature.name)' (has: \(known.joined(separator: ", "))); run avprep "
                + "encode")
    }

    /// The final norm beside a feature; nil for a backbone that has none.
    private static func norm(
        of feature: Feature, _ width: Int, _ roles: TokenRoles, _ operation: String
    ) throws -> FrozenLayerNorm? {
        let path = feature.companion("final-norm.safetensors")
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try SafeTensors(reading: path)
        let (weight, bias) = (try file.tensor("weight"), try file.tensor("bias"))
        guard weight.shape == [width], bias.shape == [width] else {
            throw TrainingError(
                .cache, operation,
                "the final norm of feature '\(feature.name)' has shape \(weight.shape), not [\(width)]"
            )
        }
        return FrozenLayerNorm(weight: weight, bias: bias, epsilon: roles.epsilon)
    }

    /// A reader of some of the tokens alone.
    func reading(_ tokens: MethodDeclaration.Tokens) -> StateReader {
        var reader = self
        reader.seams = seams.filter { $0.tokens == tokens }
        return reader
    }

    /// Bytes of a clip or text that are read.
    var bytesPerKey: Int { seams.map(\.array.rowSize).reduce(0, +) }

    func contains(_ key: String) -> Bool { index.contains(key) }

    /// Whether a clip's states were computed from data that have changed since.
    func isStale(_ clip: String, comparedTo input: FeatureIndex) throws -> Bool {
        guard let place = input.place(of: clip) else { return false }
        let current = try place.shard.checksums(row: place.row)
        return !current.values.contains(index.sourceChecksum(of: clip) ?? 0)
    }

    /// For each segment of a clip, or token of a text, whether its states come from data.
    ///
    /// - Precondition: The feature contains the key.
    func valid(_ key: String) throws -> [Bool] {
        let (shard, row) = place(of: key)
        let valid = try shard.valid(row: row)
        guard moments > 1 else { return valid }
        return (0..<rowsPerKey).map { segment in
            valid[segment * moments..<(segment + 1) * moments].contains(true)
        }
    }

    /// Tensors for a number of clips or texts.
    func makeTensors(keys: Int) -> StreamTensors {
        let rows = keys * rowsPerKey
        var tensors = StreamTensors()
        for (tokens, array) in seams {
            let (n, c) = (array.shape[1], array.shape[2])
            switch tokens {
            case .all: tensors.layers.append(Tensor(shape: [rows, n, c]))
            case .patches:
                let patches = n - roles.firstPatch
                tensors.taps.append(
                    (Tensor(shape: [rows, c]), Tensor(shape: [rows, patches, c])))
            case .pooled: tensors.final = Tensor(shape: [rows, c])
            case .descriptor: tensors.descriptors.append(Tensor(shape: [rows, c]))
            case .normed: tensors.finalTokens = Tensor(shape: [rows, n, c])
            }
        }
        if kind == .texts { tensors.lengths = Tensor(shape: [rows]) }
        if readsValidity { tensors.valid = Tensor(shape: [rows]) }
        return tensors
    }

    func place(of key: String) -> (shard: Shard, row: Int) {
        guard let place = index.place(of: key) else {
            preconditionFailure("\(key) has no states")
        }
        return place
    }
}
