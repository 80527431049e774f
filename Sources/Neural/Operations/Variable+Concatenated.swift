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
        let border = x.columns, width = x.columns + u.columns
        return tape.record(shape.dropLast() + [width], from: [x, u]) { y in
            Kernel.columns(0..<border, of: x.value, at: 0, to: &y, adding: false)
            Kernel.columns(0..<u.columns, of: u.value, at: border, to: &y, adding: false)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.columns(0..<border, of: dy, at: 0, to: &dx, adding: adding)
            }
            cotangents.contribute(to: u) { du, adding in
                Kernel.columns(border..<width, of: dy, at: 0, to: &du, adding: adding)
            }
        }
    }
}
