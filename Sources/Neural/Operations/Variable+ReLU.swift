import Tensors

extension Variable {
    /// Rectified linear unit.
    ///
    ///     y = max(x, 0)
    ///     dx = dy where x > 0, else 0
    public func relu() -> Variable {
        let x = self, pool = tape.pool
        var y = Tensor(shape: shape)
        Kernel.addReLU(x.value, to: &y, on: pool)
        return tape.record(y, from: x) { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addReLUGradient(to: &$0, dy, x.value, on: pool)
            }
        }
    }
}
