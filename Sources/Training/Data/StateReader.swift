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

    private let index: FeatureIndex
    private let roles: TokenRoles
    private let norm: FrozenLayerNorm?
    private let seams: [(tokens: MethodDeclaration.Tokens, array: ArraySpecification)]

    /// Opens a feature of token states.
    ///
    /// - Parameters:
    ///   - cache: The cache that has it.
    ///   - name: The feature.
    ///   - wanted: What is to be read, in the order of the tensors.
    ///   - operation: What errors say was attempted.
    /// - Throws: ``TrainingError`` that names the layer or feature which the cache does not have.
    init(
        _ cache: Cache, feature name: String, seams wanted: [MethodDeclaration.Seam],
        operation: String
    ) throws {
        let feature = cache.feature(name)
        let recipe = try Self.recipe(of: feature, in: cache, operation)
        func failure(_ reason: String) -> TrainingError {
            TrainingError(.cache, operation, "feature '\(name)' \(reason)")
        }
        guard let roles = TokenRoles(recipe) else { throw failure("does not hold token states") }
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
        seams = try wanted.map { seam in
            let found = blocks.first { Int($0.name.dropFirst(6)) == seam.layer }
            guard let found else {
                let layers = blocks.compactMap { Int($0.name.dropFirst(6)) }.map(String.init)
                throw failure("has no layer \(seam.layer) (has: \(layers.joined(separator: ", ")))")
            }
            guard found.shape[0] == segments else {
                throw failure(
                    "has \(found.shape[0]) states a clip, not one for each of its \(segments) "
                        + "segments; extract without --fps, --frames and --times")
            }
            switch seam.tokens {
            case .all where !roles.isWhole:
                throw failure(
                    "does not have all tokens of \(found.name), which blocks read; encode with "
                        + "--tokens all")
            case .patches where found.shape[1] <= roles.pooling.firstPatch:
                throw failure(
                    "has class tokens only in \(found.name); encode with --tokens all or grid")
            default: return (seam.tokens, found)
            }
        }
        let width = seams.last?.array.shape[2] ?? 0
        let isNormed = wanted.contains { $0.tokens == .pooled }
        norm = isNormed ? try Self.norm(of: feature, width, roles, operation) : nil
        self.width = width
        fingerprint = recipe.fingerprint
        rowsPerKey = segments
        self.roles = roles
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
        return try shard.valid(row: row)
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
                let patches = n - roles.pooling.firstPatch
                tensors.taps.append(
                    (Tensor(shape: [rows, c]), Tensor(shape: [rows, patches, c])))
            case .pooled: tensors.final = Tensor(shape: [rows, c])
            }
        }
        if kind == .texts { tensors.lengths = Tensor(shape: [rows]) }
        return tensors
    }

    /// Reads the states of a clip or text into the rows of tensors that are its own.
    ///
    /// - Parameters:
    ///   - key: Which the feature contains.
    ///   - place: Its place among the keys of the tensors.
    ///   - tensors: As ``makeTensors(keys:)`` makes them.
    /// - Throws: ``StorageError`` if the file cannot be read.
    func read(_ key: String, at place: Int, to tensors: inout StreamTensors) throws {
        let (shard, row) = self.place(of: key)
        var length = seams.last?.array.shape[1] ?? 0
        if kind == .texts {
            length = try shard.valid(row: row).count { $0 }
            tensors.lengths?.elements[place] = Float(length)
        }
        var (tap, layer) = (0, 0)
        for (tokens, array) in seams {
            let bytes = try shard.bytes(of: array.name, row: row), size = array.shape.reduce(1, *)
            func widen(to tensor: inout Tensor, at first: Int) throws {
                try Self.widen(bytes, array, shard, row, to: &tensor, at: first)
            }
            guard tokens != .all else {
                try widen(to: &tensors.layers[layer], at: place * size)
                layer += 1
                continue
            }
            var states = Tensor(shape: array.shape)
            try widen(to: &states, at: 0)
            if tokens == .patches {
                split(states, to: &tensors.taps[tap], at: place * rowsPerKey)
                tap += 1
            } else {
                tensors.final?.write(pooled(states, length: length), row: place * rowsPerKey)
            }
        }
    }

    private func place(of key: String) -> (shard: Shard, row: Int) {
        guard let place = index.place(of: key) else {
            preconditionFailure("\(key) has no states")
        }
        return place
    }

    /// The pooled rows of states `[T, N, C]`, normed.
    private func pooled(_ states: Tensor, length: Int) -> Tensor {
        guard case .row = roles.pooling else {
            return TokenMeans.pooled(norm?(states) ?? states, roles.pooling, length: length)
        }
        let rows = TokenMeans.pooled(states, roles.pooling, length: length)
        return norm?(rows) ?? rows
    }

    /// Class rows and patches of states `[T, N, C]`.
    private func split(
        _ states: Tensor, to tap: inout (classTokens: Tensor, patches: Tensor), at row: Int
    ) {
        let (segments, n, c) = (states.shape[0], states.shape[1], states.shape[2])
        let first = roles.pooling.firstPatch
        tap.classTokens.write(TokenMeans.pooled(states, roles.pooling, length: n), row: row)
        for segment in 0..<segments {
            let source = (segment * n + first) * c..<(segment + 1) * n * c
            let target = (row + segment) * (n - first) * c
            tap.patches.elements.replaceSubrange(
                target..<target + source.count, with: states.elements[source])
        }
    }

    /// Numbers of an array, in single precision.
    private static func widen(
        _ bytes: [UInt8], _ array: ArraySpecification, _ shard: Shard, _ row: Int,
        to tensor: inout Tensor, at first: Int
    ) throws {
        switch array.type {
        case .f16: HalfPrecision.widen(bytes, to: &tensor, at: first)
        case .i8:
            let scales: [Float] = numbers(try shard.bytes(of: "\(array.name)_scale", row: row))
            tensor.write(QuantisedRows.widen(bytes, scales: scales), at: first)
        default: tensor.write(numbers(bytes), at: first)
        }
    }

    /// Little-endian numbers.
    private static func numbers<Number>(_ bytes: [UInt8]) -> [Number] {
        unsafe bytes.withUnsafeBytes { unsafe Array($0.bindMemory(to: Number.self)) }
    }
}
