import Tensors

extension Variable {
    /// Affine map whose groups of contiguous channels do not see each other.
    ///
    ///     y_g = x_g W_gᵀ + b_g
    ///     dx_g = dy_g W_g,   dW_g = dy_gᵀ x_g,   db = Σ dy
    ///
    /// - Parameters:
    ///   - weight: `[outputs, inputs / groups]`, as a convolution over one point has it; rows of a group
    ///     follow each other.
    ///   - bias: `[outputs]`.
    ///   - groups: How many; a divisor of both extents.
    /// - Returns: `[..., outputs]`, for a receiver of shape `[..., inputs]`.
    public func groupedLinear(
        _ weight: Parameter, bias: Parameter? = nil, groups: Int
    ) -> Variable {
        let x = self, w = tape.variable(weight), pool = tape.pool
        let b = bias.map(tape.variable), outputs = w.shape[0]
        precondition(
            w.shape.count == 2 && outputs.isMultiple(of: groups) && w.shape[1] * groups == columns,
            "\(shape) × \(w.shape) in \(groups) groups")
        let inputs = [x, w] + (b.map { [$0] } ?? [])
        return tape.record(shape.dropLast() + [outputs], from: inputs) { y in
            Kernel.groupedProduct(
                x.value, w.value, groups: groups, transposed: true, to: &y, adding: false, on: pool)
            if let b { Kernel.addRow(b.value, to: &y, on: pool) }
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.groupedProduct(
                    dy, w.value, groups: groups, transposed: false, to: &dx, adding: adding,
                    on: pool)
            }
            cotangents.contribute(to: w) { dw, adding in
                Kernel.groupedWeightGradient(
                    dy, x.value, groups: groups, to: &dw, adding: adding, on: pool)
            }
            guard let b else { return }
            cotangents.contribute(to: b) { db, adding in
                Kernel.sumRows(of: dy, to: &db, adding: adding, on: pool)
            }
        }
    }
}
