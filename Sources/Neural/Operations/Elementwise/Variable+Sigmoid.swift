import Tensors

extension Variable {
    /// The logistic function.
    ///
    ///     y = 1 / (1 + e⁻ˣ)
    ///     dx = dy · y (1 − y)
    public func sigmoid() -> Variable {
        let x = self, pool = tape.pool
        return tape.record(shape, from: [x]) { y in
            Kernel.sigmoid(x.value, to: &y, on: pool)
        } pullbackOfOutput: { y, dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.sigmoidGradient(dy, of: y, to: &dx, adding: adding, on: pool)
            }
        }
    }
}
