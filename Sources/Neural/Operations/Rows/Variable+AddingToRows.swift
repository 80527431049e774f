import Tensors

extension Variable {
    /// Adds a row vector to all rows.
    ///
    ///     y = x + u by rows
    ///     dx = dy,   du = Σ dy over rows
    ///
    /// - Parameter row: u, `[C]`.
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func addingToRows(_ row: Variable) -> Variable {
        let x = self, u = row, pool = tape.pool
        precondition(u.count == columns, "\(shape) + \(u.shape)")
        return tape.record(shape, from: [x, u]) { y in
            Kernel.scale(x.value, by: 1, to: &y, adding: false, on: pool)
            Kernel.addRow(u.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.scale(dy, by: 1, to: &dx, adding: adding, on: pool)
            }
            cotangents.contribute(to: u) { du, adding in
                Kernel.sumRows(of: dy, to: &du, adding: adding, on: pool)
            }
        }
    }
}
