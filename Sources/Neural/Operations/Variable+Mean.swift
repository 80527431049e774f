import Tensors

extension Variable {
    /// Mean over the tokens of each sequence.
    ///
    ///     y[b] = Σ x[b, t] / T
    ///     dx[b, t] = dy[b] / T
    ///
    /// - Returns: `[B, C]`, for a receiver of shape `[B, T, C]`.
    public func meanOverTokens() -> Variable {
        precondition(shape.count == 3 && shape[1] > 0, "mean over the tokens of \(shape)")
        let x = self, tokens = shape[1], scale = 1 / Float(tokens)
        return tape.record([shape[0], shape[2]], from: [x]) { y in
            y.fill(0)
            Kernel.addTokens(of: x.value, times: scale, to: &y)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addToTokens(dy, times: scale, to: &$0)
            }
        }
    }
}
