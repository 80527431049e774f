import Tensors

extension Variable {
    /// Rows of this variable followed by those of another.
    ///
    ///     y = [x, u] along the last axis
    ///     dx, du = the parts of dy
    ///
    /// - Parameter other: `[..., E]`, with as many rows.
    /// - Returns: `[..., C + E]`, for a receiver of shape `[..., C]`.
    public func concatenated(with other: Variable) -> Variable {
        precondition(
            shape.dropLast() == other.shape.dropLast(), "\(shape) is joined with \(other.shape)")
        let x = self, u = other
        var y = Tensor(shape: shape.dropLast() + [x.value.columns + u.value.columns])
        Kernel.addColumns(0..<x.value.columns, of: x.value, at: 0, to: &y)
        Kernel.addColumns(0..<u.value.columns, of: u.value, at: x.value.columns, to: &y)
        return tape.record(y, from: x, u) { dy, cotangents in
            let border = x.value.columns
            cotangents.accumulate(into: x) {
                Kernel.addColumns(0..<border, of: dy, at: 0, to: &$0)
            }
            cotangents.accumulate(into: u) {
                Kernel.addColumns(border..<dy.columns, of: dy, at: 0, to: &$0)
            }
        }
    }
}
