import Tensors

extension Variable {
    /// Rectified linear unit.
    ///
    ///     y = max(x, 0)
    ///     dx = dy where x > 0, else 0
    public func relu() -> Variable {
        let x = self, pool = tape.pool
        return tape.record(shape, from: [x]) { y in
            Kernel.relu(x.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.reluGradient(dy, x.value, to: &dx, adding: adding, on: pool)
            }
        }
    }
}
