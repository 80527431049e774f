/// The order in which an epoch goes through the samples.
///
/// Samples are sorted by numbers that depend on the seed, the epoch and the sample alone: leaving one
/// out moves no other.
enum SampleOrder {
    /// Indices of the samples.
    ///
    /// - Parameters:
    ///   - ids: Of the samples, all different.
    ///   - seed: Of the order.
    ///   - epoch: From 1.
    /// - Returns: Each index once.
    static func indices(of ids: [String], seed: Int, epoch: Int) -> [Int] {
        let ranks = ids.map { NoiseKey(seed: seed, epoch: epoch, sample: $0).number(.order) }
        return ids.indices.sorted {
            ranks[$0] != ranks[$1] ? ranks[$0] < ranks[$1] : ids[$0] < ids[$1]
        }
    }
}
