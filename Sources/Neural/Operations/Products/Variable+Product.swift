import Tensors

extension Variable {
    /// Matrix product of all rows with a matrix, where both may be computed or learned.
    ///
    ///     y = x U:   dx = dy Uᵀ,   dU = xᵀ dy
    ///     y = x Uᵀ:  dx = dy U,    dU = dyᵀ x
    ///
    /// - Parameters:
    ///   - other: U, `[K, C]`; or `[C, K]` if it is transposed.
    ///   - transposed: Whether the product is that with Uᵀ, as of queries with a table of keys.
    /// - Returns: `[..., C]`, for a receiver of shape `[..., K]`.
    public func product(with other: Variable, transposed: Bool = false) -> Variable {
        let x = self, u = other, pool = tape.pool
        precondition(
            u.shape.count == 2 && u.shape[transposed ? 1 : 0] == columns,
            "\(shape) × \(u.shape)\(transposed ? "ᵀ" : "")")
        let width = u.shape[transposed ? 0 : 1]
        return tape.record(shape.dropLast() + [width], from: [x, u]) { y in
            Kernel.product(
                x.value, u.value, transposed: (false, transposed), to: &y, adding: false, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.product(
                    dy, u.value, transposed: (false, !transposed), to: &dx, adding: adding,
                    on: pool)
            }
            cotangents.contribute(to: u) { du, adding in
                let (left, right) = transposed ? (dy, x.value) : (x.value, dy)
                Kernel.product(
                    left, right, transposed: (true, false), to: &du, adding: adding, on: pool)
            }
        }
    }
}
