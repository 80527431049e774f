import Tensors

extension Variable {
    /// Rows of a table, by their numbers.
    ///
    ///     y[i] = x[index[i]]
    ///     dx[index[i]] += dy[i], from the first to the last
    ///
    /// - Parameter indices: Whole numbers below N, `[...]`, read at each replay; a number may occur several
    ///   times.
    /// - Returns: `[..., C]`, for a receiver of shape `[N, C]`.
    public func gatheredRows(_ indices: Variable) -> Variable {
        precondition(shape.count == 2, "rows of \(shape) are gathered")
        precondition(!indices.needsGradient, "numbers of rows are not differentiated")
        let x = self
        return tape.record(indices.shape + [columns], from: [x, indices]) { y in
            Kernel.gatherRows(indices.value, of: x.value, to: &y)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addScatteredRows(dy, indices.value, to: &$0)
            }
        }
    }

    /// The same for numbers that stay as they are.
    public func gatheredRows(_ indices: [Int]) -> Variable {
        gatheredRows(tape.constant(Tensor(indices.map(Float.init), shape: [indices.count])))
    }
}
