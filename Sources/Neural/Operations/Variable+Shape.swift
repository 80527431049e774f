import Tensors

extension Variable {
    /// The same elements in another shape.
    ///
    ///     dx = dy, in the shape of x
    public func reshaped(to shape: [Int]) -> Variable {
        let x = self, pool = tape.pool
        let y = Tensor(x.value.elements, shape: shape)
        return tape.record(y, from: x) { dy, cotangents in
            cotangents.accumulate(into: x) { Kernel.add(dy, to: &$0, on: pool) }
        }
    }
}
