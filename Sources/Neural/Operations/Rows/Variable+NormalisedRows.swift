import Tensors

extension Variable {
    /// Divides each row by its Euclidean length, so that products of rows are cosines.
    ///
    ///     y = x / max(‖x‖, ε) by rows
    ///     dx = (dy − y ⟨y, dy⟩) / ‖x‖ where ‖x‖ ≥ ε, else dy / ε
    ///
    /// - Parameter epsilon: ε, the least that is divided by.
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func normalisedRows(epsilon: Float = 1e-6) -> Variable {
        dividingRows(by: .euclidean, epsilon: epsilon)
    }

    /// Divides each row by its sum, so that elements that are not negative become shares.
    ///
    ///     y = x / max(Σ x, ε) by rows
    ///     dx = (dy − ⟨y, dy⟩) / Σ x where Σ x ≥ ε, else dy / ε
    ///
    /// - Parameter epsilon: ε, the least that is divided by.
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func rowShares(epsilon: Float = 1e-6) -> Variable {
        dividingRows(by: .sum, epsilon: epsilon)
    }

    private func dividingRows(by norm: RowNorm, epsilon: Float) -> Variable {
        precondition(epsilon > 0, "rows are divided by at least \(epsilon)")
        let x = self, pool = tape.pool, norms = tape.scratch([rows])
        return tape.record(shape, from: [x]) { y in
            Kernel.divideRows(
                of: x.value, by: norm, epsilon: epsilon, to: &y, norms: &norms.value, on: pool)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addDividedRowsGradient(
                    to: &$0, dy, x.value, norm: norm, epsilon: epsilon, norms: norms.value,
                    on: pool)
            }
        }
    }
}
