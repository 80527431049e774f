import Tensors

extension Variable {
    /// Mean of the largest tokens of each sequence, for each feature by itself.
    ///
    ///     y[b, c] = Σ x[b, t, c] / k over the k tokens t with the largest x[b, t, c]
    ///     dx[b, t, c] = dy[b, c] / k at these, else 0
    ///
    /// Of equal elements the earlier ones are taken.
    ///
    /// - Parameter k: How many, at most T.
    /// - Returns: `[B, C]`, for a receiver of shape `[B, T, C]`.
    public func meanOfLargest(_ k: Int) -> Variable {
        precondition(shape.count == 3 && 1...shape[1] ~= k, "the \(k) largest of \(shape)")
        let x = self,
            chosen = tape.keep([Int32](repeating: 0, count: shape[0] * k * shape[2])) {
                $0.count
            }
        return tape.record([shape[0], shape[2]], from: [x]) { y in
            Kernel.meanOfLargest(k, of: x.value, to: &y, chosen: &chosen.value)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addMeanOfLargestGradient(to: &$0, dy, k: k, chosen: chosen.value)
            }
        }
    }

    /// Maximum over the tokens of each sequence, for each feature by itself.
    ///
    ///     y[b, c] = max x[b, t, c]
    ///     dx[b, t, c] = dy[b, c] at the first token that has it, else 0
    ///
    /// - Returns: `[B, C]`, for a receiver of shape `[B, T, C]`.
    public func maximumOverTokens() -> Variable { meanOfLargest(1) }
}
