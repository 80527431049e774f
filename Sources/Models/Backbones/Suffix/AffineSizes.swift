/// Sizes of what is no matrix in the blocks of a backbone, its norms and biases, for methods that tune it.
public struct AffineSizes: Codable, Sendable, Equatable {
    /// Width of each block's feed-forward network.
    public var hidden: [Int]

    /// Width of the norm with which maps are merged before a block; 0 where there is none.
    public var merging: [Int]

    /// Whether keys have biases, as queries and values have.
    public var hasKeyBias: Bool

    /// Whether feed-forward networks have a gate beside their hidden layer.
    public var isGated: Bool

    public var hasFinalNorm: Bool

    public init(
        hidden: [Int], merging: [Int]? = nil, hasKeyBias: Bool = true, isGated: Bool = false,
        hasFinalNorm: Bool = true
    ) {
        self.hidden = hidden
        self.merging = merging ?? Array(repeating: 0, count: hidden.count)
        (self.hasKeyBias, self.isGated, self.hasFinalNorm) = (hasKeyBias, isGated, hasFinalNorm)
    }
}
