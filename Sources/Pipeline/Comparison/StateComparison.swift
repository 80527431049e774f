import Neural
public import Storage

/// Compares the states of the same clips in two features, such as one in f32 and one in int8.
public struct StateComparison: Sendable {
    /// One layer of both.
    public struct Layer: Sendable {
        /// Such as `block_12`.
        public let name: String

        /// Over all clips.
        public var total = StateDifference()

        /// The clips that are worst by relative error, by cosine and by largest difference.
        public var worstRelative: Worst?
        public var worstCosine: Worst?
        public var worstLargest: Worst?
    }

    /// A clip, and how it differs.
    public struct Worst: Sendable, Equatable {
        public let clip: String
        public let value: Double
    }

    /// Names of the features that were compared.
    public let names: (a: String, b: String)

    /// In words, each field of the recipes that differs, the second being the old one.
    public let recipeDifferences: [String]

    /// Layers that both have, in order.
    public private(set) var layers: [Layer] = []

    /// Layers that one of them alone has, or that differ in shape.
    public private(set) var unmatched: [String] = []

    /// Clips that both have, and those that one of them alone has.
    public private(set) var clips = 0
    public private(set) var onlyInA: [String] = []
    public private(set) var onlyInB: [String] = []

    /// Clips of which other segments, or other tokens, are valid or were kept; what both have is
    /// compared all the same.
    public private(set) var otherTokens: [String] = []

    /// Compares two features.
    ///
    /// - Parameters:
    ///   - a: What is judged.
    ///   - b: What it is held against.
    ///   - jobs: Clips compared at a time.
    ///   - isCancelled: Asked between clips.
    /// - Throws: ``StorageError`` of kind `missing` if one holds no states, and `CancellationError`.
    public init(
        _ a: Feature, _ b: Feature, jobs: Int, isCancelled: @Sendable () -> Bool
    ) throws {
        let old = try Self.recipe(of: b)
        recipeDifferences = try Self.recipe(of: a).differences(from: old)
        names = (a.path, b.path)
        let (a, b) = (try StateRows(a), try StateRows(b))
        for name in Set(a.layers.keys).union(b.layers.keys).sorted() {
            if let shape = a.layers[name], shape == b.layers[name] {
                layers.append(Layer(name: name))
            } else {
                unmatched.append(name)
            }
        }
        onlyInA = a.keys.filter { !b.contains($0) }
        onlyInB = b.keys.filter { !a.contains($0) }
        let common = a.keys.filter(b.contains)
        clips = common.count
        let names = layers.map(\.name)
        // Pieces of fixed size, added in order: the sums do not depend on the threads.
        let piece = 64
        for start in stride(from: 0, to: common.count, by: piece) {
            let keys = Array(common[start..<min(start + piece, common.count)])
            let results = SharedResults<RowComparison>(count: keys.count)
            try WorkerPool(threads: jobs).forEach(keys.count) { (index) throws(any Error) in
                guard !isCancelled() else { throw CancellationError() }
                results.set(try RowComparison(keys[index], names, a, b), at: index)
            }
            for case let (key, row?) in zip(keys, results.values) { add(row, key) }
        }
    }

    private static func recipe(of feature: Feature) throws -> Recipe {
        guard let recipe = try feature.recipe() else {
            throw StorageError(.missing, "compare \(feature.path)", "it has no recipe.json")
        }
        return recipe
    }

    private mutating func add(_ row: RowComparison, _ key: String) {
        if row.hasOtherTokens { otherTokens.append(key) }
        for (index, difference) in row.layers.enumerated() where difference.count > 0 {
            layers[index].total.add(difference)
            Self.replace(&layers[index].worstRelative, key, difference.relative, >)
            Self.replace(&layers[index].worstCosine, key, difference.cosine, <)
            Self.replace(&layers[index].worstLargest, key, difference.largest, >)
        }
    }

    /// What is no number is worse than any.
    private static func replace(
        _ worst: inout Worst?, _ key: String, _ value: Double, _ isWorse: (Double, Double) -> Bool
    ) {
        guard let old = worst?.value else { return worst = Worst(clip: key, value: value) }
        if !old.isNaN, value.isNaN || isWorse(value, old) { worst = Worst(clip: key, value: value) }
    }

    /// Whether the features have the same clips, layers and tokens.
    public var isComplete: Bool {
        unmatched.isEmpty && onlyInA.isEmpty && onlyInB.isEmpty && otherTokens.isEmpty
    }

    /// Whether the relative error of each layer of each clip is at most `tolerance`.
    public func isWithin(_ tolerance: Double) -> Bool {
        layers.allSatisfy { ($0.worstRelative?.value ?? 0) <= tolerance }
    }
}
