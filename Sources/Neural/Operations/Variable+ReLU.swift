import Tensors

extension Variable {
    /// Rectified linear unit.
    ///
    ///     y = max(x, 0)
    ///     dx = dy where x > 0, else 0
    public func relu() -> Variable {
        let x = self
        return tape.record(Kernel.relu(x.value), from: x) { dy, cotangents in
            cotangents.accumulate(into: x) { Kernel.addReLUGradient(to: &$0, dy, x.value) }
        }
    }
}
