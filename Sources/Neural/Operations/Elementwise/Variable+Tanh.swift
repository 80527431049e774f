import Tensors

extension Variable {
    /// Hyperbolic tangent.
    ///
    ///     y = tanh x
    ///     dx = dy · (1 − y²)
    public func tanh() -> Variable {
        let x = self, pool = tape.pool
        return tape.record(shape, from: [x]) { y in
            Kernel.tanh(x.value, to: &y, on: pool)
        } pullbackOfOutput: { y, dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.tanhGradient(dy, of: y, to: &dx, adding: adding, on: pool)
            }
        }
    }
}
