import Tensors

/// What a dropout mask depends on, beside the index of the element.
///
/// There is no stream of random numbers that masks share. A mask is the same whatever was drawn
/// before, on however many threads, and also when a run is resumed.
public struct DropoutKey: Sendable, Equatable {
    private let state: UInt64

    /// - Parameters:
    ///   - seed: Of the run.
    ///   - step: Counts the optimiser's steps.
    ///   - site: Tells the dropouts of a model apart.
    public init(seed: UInt64, step: Int, site: Int) {
        var state = seed
        for part in [step, site] {
            var generator = SplitMix64(seed: state ^ UInt64(bitPattern: Int64(part)))
            state = generator.next()
        }
        self.state = state
    }

    /// Seed of a stream of SplitMix64 whose first number belongs to the element at `index`.
    ///
    /// That generator is a counter with a hash on top, so that any element can be reached at once.
    func state(from index: Int) -> UInt64 { state &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15 }
}

extension Variable {
    /// Sets each element to zero with a probability, and scales up the others.
    ///
    ///     y = x · m / (1 − p),   m = 1 with probability 1 − p, else 0
    ///     dx = dy · m / (1 − p)
    ///
    /// The mask is a function of the key and the element's index. With p = 0, as in evaluation, the
    /// result is the receiver.
    ///
    /// Source: Srivastava et al., *Dropout*, 2014, §4, in the form that scales during training.
    ///
    /// - Parameters:
    ///   - probability: p, in 0..<1.
    ///   - key: What the mask depends on.
    /// - Returns: The shape of the receiver.
    public func dropout(_ probability: Float, key: DropoutKey) -> Variable {
        precondition(0 <= probability && probability < 1, "dropout of \(probability)")
        guard probability > 0 else { return self }
        let x = self, pool = tape.pool
        var y = Tensor(shape: shape)
        Kernel.addDropped(x.value, probability, key, to: &y, on: pool)
        return tape.record(y, from: x) { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addDropped(dy, probability, key, to: &$0, on: pool)
            }
        }
    }
}
