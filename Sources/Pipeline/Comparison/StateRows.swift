import Neural
import Storage

/// The states of a feature, by clip, in single precision.
struct StateRows: Sendable {
    /// Clips, in the order of the shards.
    let keys: [String]

    /// Shape of each layer for one clip.
    let layers: [String: [Int]]

    private let index: FeatureIndex
    private let types: [String: ElementType]

    /// Opens a feature.
    ///
    /// - Throws: ``StorageError`` of kind `missing` if it holds no states.
    init(_ feature: Feature) throws {
        index = try feature.index()
        let arrays = index.shards.first?.arrays ?? []
        let states = arrays.filter { $0.name.hasPrefix("block_") && $0.shape.count == 3 }
        guard !states.isEmpty else {
            throw StorageError(.missing, "compare \(feature.path)", "it holds no token states")
        }
        for shard in index.shards where shard.arrays != arrays {
            throw StorageError(
                .damaged, "read \(shard.path)", "its arrays are not those of the other shards")
        }
        for array in states where array.type == .i8 {
            let scales = ArraySpecification(
                "\(array.name)_scale", .f32, shape: Array(array.shape.dropLast()))
            guard arrays.contains(scales) else {
                throw StorageError(
                    .damaged, "read \(feature.path)", "it has no scales of \(array.name)")
            }
        }
        layers = Dictionary(uniqueKeysWithValues: states.map { ($0.name, $0.shape) })
        types = Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0.type) })
        var seen: Set<String> = []
        keys = index.shards.flatMap(\.clips).filter { seen.insert($0).inserted }
    }

    func contains(_ key: String) -> Bool { index.contains(key) }

    func valid(_ key: String) throws -> [Bool] {
        let (shard, row) = place(key)
        return try shard.valid(row: row)
    }

    /// The states of a layer.
    func states(_ layer: String, of key: String) throws -> [Float] {
        let bytes = try bytes(layer, key)
        switch types[layer] {
        case .f16: return HalfPrecision.widen(Self.numbers(bytes))
        case .i8:
            return QuantisedRows.widen(
                bytes, scales: Self.numbers(try self.bytes("\(layer)_scale", key)))
        default: return Self.numbers(bytes)
        }
    }

    /// The tokens of a layer that were kept, as they are stored; none where all clips have the same.
    func tokens(_ layer: String, of key: String) throws -> [UInt8] {
        let name = "\(layer)_token"
        return types[name] == nil ? [] : try bytes(name, key)
    }

    private func bytes(_ array: String, _ key: String) throws -> [UInt8] {
        let (shard, row) = place(key)
        return try shard.bytes(of: array, row: row)
    }

    private func place(_ key: String) -> (shard: Shard, row: Int) {
        guard let place = index.place(of: key) else { preconditionFailure("no row of \(key)") }
        return place
    }

    /// Little-endian numbers.
    private static func numbers<Number>(_ bytes: [UInt8]) -> [Number] {
        unsafe bytes.withUnsafeBytes { unsafe Array($0.bindMemory(to: Number.self)) }
    }
}
