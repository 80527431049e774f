import Tensors

extension Variable {
    /// Multiplies all rows by a row vector, element by element.
    ///
    ///     y = x · u by rows
    ///     dx = dy · u,   du = Σ dy · x over rows
    ///
    /// - Parameter row: u, `[C]`.
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func multiplyingRows(by row: Variable) -> Variable {
        let x = self, u = row, pool = tape.pool
        precondition(u.count == columns, "\(shape) · \(u.shape)")
        return tape.record(shape, from: [x, u]) { y in
            Kernel.multiplyRows(of: x.value, by: u.value, to: &y, adding: false, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.multiplyRows(of: dy, by: u.value, to: &dx, adding: adding, on: pool)
            }
            cotangents.contribute(to: u) { du, adding in
                Kernel.sumRowProducts(of: dy, x.value, to: &du, adding: adding, on: pool)
            }
        }
    }

    /// Multiplies each row by a number of its own.
    ///
    ///     y[r] = s[r] · x[r]
    ///     dx[r] = s[r] · dy[r],   ds[r] = ⟨dy[r], x[r]⟩
    ///
    /// - Parameter scales: s, one for each row, such as `[...]` or `[..., 1]`.
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func scalingRows(by scales: Variable) -> Variable {
        let x = self, s = scales, pool = tape.pool
        precondition(s.count == rows, "rows of \(shape) · \(s.shape)")
        return tape.record(shape, from: [x, s]) { y in
            Kernel.scaleRows(of: x.value, by: s.value, to: &y, adding: false, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.scaleRows(of: dy, by: s.value, to: &dx, adding: adding, on: pool)
            }
            cotangents.contribute(to: s) { ds, adding in
                Kernel.dotRows(of: dy, x.value, to: &ds, adding: adding, on: pool)
            }
        }
    }
}
