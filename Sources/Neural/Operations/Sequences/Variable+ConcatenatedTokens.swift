import Tensors

extension Variable {
    /// Tokens of each sequence followed by those of another.
    ///
    ///     y[b] = [x[b]; u[b]]
    ///     dx, du = the parts of dy
    ///
    /// - Parameter other: `[B, N, C]`.
    /// - Returns: `[B, M + N, C]`, for a receiver of shape `[B, M, C]`.
    public func concatenatedTokens(with other: Variable) -> Variable {
        precondition(
            shape.count == 3 && other.shape.count == 3 && shape[0] == other.shape[0]
                && shape[2] == other.shape[2], "tokens of \(shape) and \(other.shape)")
        func flat(_ x: Variable) -> Variable { x.reshaped(to: [x.shape[0], x.shape[1] * columns]) }
        return flat(self).concatenated(with: flat(other))
            .reshaped(to: [shape[0], shape[1] + other.shape[1], columns])
    }
}
