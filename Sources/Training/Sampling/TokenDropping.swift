import Tensors

/// Which patches of a segment are kept when a share of them is dropped.
enum TokenDropping {
    /// How many of `patches` are kept; at least one.
    static func count(of patches: Int, dropping share: Double) -> Int {
        max(1, Int((Double(patches) * (1 - share)).rounded()))
    }

    /// The kept ones, in their order: a subset of which each is equally likely.
    static func kept(
        of patches: Int, dropping share: Double, _ generator: inout SplitMix64
    ) -> [Int] {
        let count = count(of: patches, dropping: share)
        return Array((0..<patches).shuffled(using: &generator).prefix(count)).sorted()
    }
}
