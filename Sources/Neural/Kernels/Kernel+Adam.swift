import Tensors

extension Kernel {
    /// The numbers that an update has for all elements alike.
    struct AdamFactors {
        /// What weight decay leaves.
        let keep: Float

        let beta1: Float

        /// 1 − β₁, rounded once.
        let rest1: Float

        let beta2: Float

        /// 1 − β₂, rounded once.
        let rest2: Float

        /// η / (1 − β₁ᵗ).
        let size: Float

        /// √(1 − β₂ᵗ).
        let correction: Float

        let epsilon: Float
    }

    /// Updates a parameter and its moments; see ``AdamW`` for the formulas.
    static func updateByAdam(
        _ value: inout Tensor, _ gradient: Tensor, first: inout Tensor, second: inout Tensor,
        _ factors: AdamFactors
    ) {
        precondition(value.shape == gradient.shape && value.shape == first.shape)
        precondition(value.shape == second.shape)
        let count = value.count
        value.withSharedElements { p in
            withSharedElements(of: &first, &second) { m, v in
                withConstantElements(of: gradient) { g in
                    for i in 0..<count {
                        let slope = g.start[i]
                        let mean = factors.beta1 * m.start[i] + factors.rest1 * slope
                        let square = factors.beta2 * v.start[i] + factors.rest2 * slope * slope
                        let length = square.squareRoot() / factors.correction + factors.epsilon
                        p.start[i] = factors.keep * p.start[i] - factors.size * mean / length
                        m.start[i] = mean
                        v.start[i] = square
                    }
                }
            }
        }
    }
}
