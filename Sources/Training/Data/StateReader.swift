import Models
import Neural
import Storage
import Tensors

/// Reads the cached token states of one stream.
struct StateReader: Sendable {
    /// What is read of one clip.
    struct ClipStates: Sendable {
        /// For each tap, class rows `[T, C]` and patch rows `[T, N, C]`.
        var taps: [(classTokens: Tensor, patches: Tensor)]

        /// Class tokens after the final norm, `[T, C]`.
        var final: Tensor
    }

    /// Width of the states.
    let width: Int

    let fingerprint: String

    private let index: FeatureIndex
    private let taps: [ArraySpecification]
    private let last: ArraySpecification
    private let norm: FrozenLayerNorm

    /// Opens a feature of token states.
    ///
    /// `taps` are the layers whose patches are wanted; `operation` is what errors say was attempted.
    ///
    /// - Throws: ``TrainingError`` that names the layer or feature which the cache does not have.
    init(_ cache: Cache, feature name: String, taps: [Int], operation: String) throws {
        let feature = cache.feature(name)
        guard let recipe = try feature.recipe() else {
            let known = cache.featureNames().filter { $0.hasPrefix("states-") }
            throw TrainingError(
                .cache, operation,
                "it has no feature '\(name)' (has: \(known.joined(separator: ", "))); run avprep encode"
            )
        }
        let index = try feature.index()
        guard let arrays = index.shards.first?.arrays else {
            throw TrainingError(.cache, operation, "feature '\(name)' has no clips")
        }
        let model = try Self.model(recipe, feature: name, operation: operation)
        let blocks = arrays.filter { $0.name.hasPrefix("block_") && $0.shape.count == 3 }
        for block in blocks where block.type == .i8 {
            let scale = ArraySpecification(
                "\(block.name)_scale", .f32, shape: [block.shape[0], block.shape[1]])
            guard arrays.contains(scale) else {
                throw TrainingError(
                    .cache, operation, "feature '\(name)' has no scales of \(block.name)")
            }
        }
        func block(_ layer: Int) throws -> ArraySpecification {
            let found = blocks.first { Int($0.name.dropFirst(6)) == layer }
            guard let found else {
                let layers = blocks.compactMap { Int($0.name.dropFirst(6)) }.map(String.init)
                throw TrainingError(
                    .cache, operation,
                    "feature '\(name)' has no layer \(layer) (has: \(layers.joined(separator: ", ")))"
                )
            }
            return found
        }
        self.taps = try taps.map(block)
        last = try block(model.depth)
        guard last.shape[0] == cache.description.segments else {
            throw TrainingError(
                .cache, operation,
                "feature '\(name)' has \(last.shape[0]) states a clip, not one for each of its "
                    + "\(cache.description.segments) segments; extract without --fps, --frames and --times"
            )
        }
        if let tap = self.taps.first(where: { $0.shape[1] < 2 }) {
            throw TrainingError(
                .cache, operation,
                "feature '\(name)' has class tokens only in \(tap.name); encode with --tokens all or grid"
            )
        }
        let file = try SafeTensors(reading: feature.companion("final-norm.safetensors"))
        let (weight, bias) = (try file.tensor("weight"), try file.tensor("bias"))
        width = last.shape[2]
        guard weight.shape == [width], bias.shape == [width] else {
            throw TrainingError(
                .cache, operation,
                "the final norm of feature '\(name)' has shape \(weight.shape), not [\(width)]")
        }
        norm = FrozenLayerNorm(weight: weight, bias: bias, epsilon: model.epsilon)
        fingerprint = recipe.fingerprint
        self.index = index
    }

    /// Depth and epsilon of the backbone that made the states.
    private static func model(
        _ recipe: Recipe, feature: String, operation: String
    ) throws -> (depth: Int, epsilon: Float) {
        guard
            case .object(let backbone)? = recipe["backbone"],
            case .object(let configuration)? = backbone["configuration"],
            case .number(let depth)? = backbone["depth"],
            case .number(let epsilon)? = configuration["epsilon"]
        else {
            throw TrainingError(
                .cache, operation, "feature '\(feature)' does not hold token states")
        }
        return (Int(depth), Float(epsilon))
    }

    func contains(_ clip: String) -> Bool { index.contains(clip) }

    /// Whether a clip's states were computed from data that have changed since.
    func isStale(_ clip: String, comparedTo input: FeatureIndex) throws -> Bool {
        guard let place = input.place(of: clip) else { return false }
        let current = try place.shard.checksums(row: place.row)
        return !current.values.contains(index.sourceChecksum(of: clip) ?? 0)
    }

    /// For each segment of a clip, whether its states come from data.
    ///
    /// - Precondition: The feature contains the clip.
    func valid(_ clip: String) throws -> [Bool] {
        guard let (shard, row) = index.place(of: clip) else {
            preconditionFailure("clip \(clip) has no states")
        }
        return try shard.valid(row: row)
    }

    /// The states of a clip.
    ///
    /// - Precondition: The feature contains it.
    func states(of clip: String) throws -> ClipStates {
        guard let (shard, row) = index.place(of: clip) else {
            preconditionFailure("clip \(clip) has no states")
        }
        let taps = try taps.map { try Self.split(Self.tensor($0, of: shard, row: row)) }
        let last = try Self.split(Self.tensor(last, of: shard, row: row))
        return ClipStates(taps: taps, final: norm(last.classTokens))
    }

    /// An array of a clip as numbers, `[T, tokens, C]`.
    private static func tensor(
        _ array: ArraySpecification, of shard: Shard, row: Int
    ) throws -> Tensor {
        let bytes = try shard.bytes(of: array.name, row: row)
        let elements: [Float] =
            switch array.type {
            case .f16: HalfPrecision.widen(numbers(bytes))
            case .i8:
                try QuantisedRows.widen(
                    bytes, scales: numbers(shard.bytes(of: "\(array.name)_scale", row: row)))
            default: numbers(bytes)
            }
        return Tensor(elements, shape: array.shape)
    }

    /// Class rows and patch rows of `[T, tokens, C]`.
    private static func split(_ states: Tensor) -> (classTokens: Tensor, patches: Tensor) {
        let (segments, tokens, c) = (states.shape[0], states.shape[1], states.shape[2])
        var classes: [Float] = [], patches: [Float] = []
        classes.reserveCapacity(segments * c)
        patches.reserveCapacity(segments * (tokens - 1) * c)
        for segment in 0..<segments {
            let start = segment * tokens * c
            classes += states.elements[start..<start + c]
            patches += states.elements[start + c..<start + tokens * c]
        }
        return (
            Tensor(classes, shape: [segments, c]),
            Tensor(patches, shape: [segments, tokens - 1, c])
        )
    }

    /// Little-endian numbers.
    private static func numbers<Number>(_ bytes: [UInt8]) -> [Number] {
        unsafe bytes.withUnsafeBytes { unsafe Array($0.bindMemory(to: Number.self)) }
    }
}
