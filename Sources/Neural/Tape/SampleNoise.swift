import Tensors

/// What the noise of a step depends on beside the place in the network: seed, epoch and samples.
///
/// There is no stream of random numbers that is drawn from. A sample meets the same noise whichever
/// batch it is in, at whatever place, on however many threads, and also when a run is resumed.
public final class SampleNoise {
    /// Of the run.
    public var seed: UInt64

    public var epoch: Int

    /// Numbers by which the samples in the batch are known, in order; each has an equal share of all rows.
    public var samples: [UInt64]

    public init(seed: UInt64, epoch: Int, samples: [UInt64]) {
        (self.seed, self.epoch, self.samples) = (seed, epoch, samples)
    }
}

/// What a dropout mask depends on, beside the index of the element within the sample.
public struct DropoutKey: Sendable, Equatable {
    private let state: UInt64

    /// - Parameters:
    ///   - seed: Of the run.
    ///   - epoch: Counts the passes over the data.
    ///   - sample: The number by which the sample is known, wherever it lies.
    ///   - site: Tells the dropouts of a model apart.
    public init(seed: UInt64, epoch: Int, sample: UInt64, site: Int) {
        var state = seed
        for part in [UInt64(bitPattern: Int64(epoch)), sample, UInt64(bitPattern: Int64(site))] {
            var generator = SplitMix64(seed: state ^ part)
            state = generator.next()
        }
        self.state = state
    }

    /// Seed of a stream of SplitMix64 whose first number belongs to the element at `index`.
    ///
    /// That generator is a counter with a hash on top, so that any element can be reached at once.
    func state(from index: Int) -> UInt64 { state &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15 }
}
