import Tensors

/// Where an accuracy may lie, by drawing as many clips again from those that were measured.
///
/// Whole clips are drawn, with replacement: the segments of one clip are not independent. The bounds are
/// percentiles of the accuracies of all draws, linear between neighbours.
///
/// Source: Efron, *Bootstrap Methods: Another Look at the Jackknife*, 1979; Efron, Tibshirani, *An
/// Introduction to the Bootstrap*, 1993, section 13.3.
public struct BootstrapInterval: Sendable, Equatable {
    /// Share of the draws that lie between the bounds.
    public let level: Double
    public let low: Double
    public let high: Double

    /// Number of draws, and the seed of SplitMix64 that they come from.
    public let resamples: Int
    public let seed: UInt64

    /// Draws from clips of which some segments were found.
    ///
    /// A number below n is the upper half of the product of n and 64 random bits.
    public init(
        clips: [(correct: Int, segments: Int)], level: Double = 0.95, resamples: Int = 10_000,
        seed: UInt64 = 0
    ) {
        precondition(!clips.isEmpty && resamples > 0 && 0..<1 ~= level)
        var generator = SplitMix64(seed: seed)
        let draws = (0..<resamples).map { _ in
            var correct = 0, segments = 0
            for _ in clips.indices {
                let high = generator.next().multipliedFullWidth(by: UInt64(clips.count)).high
                correct += clips[Int(high)].correct
                segments += clips[Int(high)].segments
            }
            return Double(correct) / Double(max(segments, 1))
        }
        .sorted()
        func percentile(_ share: Double) -> Double {
            let place = share * Double(draws.count - 1)
            let below = Int(place), above = min(below + 1, draws.count - 1)
            return draws[below] + (place - Double(below)) * (draws[above] - draws[below])
        }
        self.level = level
        self.resamples = resamples
        self.seed = seed
        low = percentile((1 - level) / 2)
        high = percentile((1 + level) / 2)
    }
}
