import Tensors

extension Variable {
    /// Matrix product for each element of a batch.
    ///
    ///     y[b] = s · x[b] u[b]:    dx = s · dy uᵀ,   du = s · xᵀ dy
    ///     y[b] = s · x[b] u[b]ᵀ:   dx = s · dy u,    du = s · dyᵀ x
    ///
    /// - Parameters:
    ///   - other: u, `[B, K, N]`; or `[B, N, K]` if it is transposed.
    ///   - transposed: Whether products are those with the transposes.
    ///   - scale: s.
    /// - Returns: `[B, M, N]`, for a receiver of shape `[B, M, K]`.
    public func batchedProduct(
        with other: Variable, transposed: Bool = false, scale: Float = 1
    ) -> Variable {
        let x = self, u = other, pool = tape.pool
        precondition(
            shape.count == 3 && u.shape.count == 3 && shape[0] == u.shape[0]
                && u.shape[transposed ? 2 : 1] == shape[2],
            "\(shape) × \(u.shape)\(transposed ? "ᵀ" : "")")
        let output = [shape[0], shape[1], u.shape[transposed ? 1 : 2]]
        return tape.record(output, from: [x, u]) { y in
            Kernel.batchedProduct(
                x.value, u.value, transposed: (false, transposed), times: scale, to: &y,
                adding: false, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.batchedProduct(
                    dy, u.value, transposed: (false, !transposed), times: scale, to: &dx,
                    adding: adding, on: pool)
            }
            cotangents.contribute(to: u) { du, adding in
                let (left, right) = transposed ? (dy, x.value) : (x.value, dy)
                Kernel.batchedProduct(
                    left, right, transposed: (true, false), times: scale, to: &du, adding: adding,
                    on: pool)
            }
        }
    }
}
