import Tensors

extension Variable {
    /// Attention of one query to some tokens of a sequence, which are keys and values as they are.
    ///
    ///     p = softmax(s · K q),   y = Kᵀ p
    ///
    /// With ds = p · (dp − ⟨p, dp⟩), where dp = K dy:
    ///
    ///     dq = s · Kᵀ ds,   dK = s · ds qᵀ + p dyᵀ
    ///
    /// - Parameters:
    ///   - range: Which tokens are K.
    ///   - sequences: `[B, N, D]`.
    ///   - lengths: How many tokens each sequence has, `[B]`; all N if not given.
    ///   - scale: s.
    /// - Returns: `[B, D]`, for a receiver of queries, `[B, D]`.
    public func attending(
        toTokens range: Range<Int>, of sequences: Variable, lengths: Variable? = nil, scale: Float
    ) -> Variable {
        let q = self, k = sequences, pool = tape.pool
        let sizes = TokenAttentionSizes(q.shape, k.shape, range, scale)
        let weights = tape.scratch(Array(k.shape.prefix(2)))
        let scores = tape.scratch(Array(k.shape.prefix(2)))
        return tape.record(shape, from: [q, k] + (lengths.map { [$0] } ?? [])) { y in
            Kernel.attendToTokens(
                q.value, k.value, lengths?.value, sizes, to: &y, &weights.value, on: pool)
        } pullback: { dy, cotangents in
            Kernel.tokenScoreGradient(
                dy, k.value, lengths?.value, weights.value, sizes, to: &scores.value, on: pool)
            cotangents.accumulate(into: q) {
                Kernel.addTokenQueryGradient(
                    to: &$0, scores.value, k.value, lengths?.value, sizes, on: pool)
            }
            cotangents.accumulate(into: k) {
                Kernel.addTokenGradient(
                    to: &$0, dy, q.value, (weights.value, scores.value), lengths?.value, sizes,
                    on: pool)
            }
        }
    }
}
