import Tensors

extension Variable {
    /// Multi-head scaled dot-product attention of queries to keys.
    ///
    ///     S = s · Q Kᵀ,   P = softmax(S) by rows,   y = P V,   for each sequence and head
    ///
    /// With the derivative of the softmax, dS = P · (dP − Σ P · dP) by rows, where dP = dy Vᵀ:
    ///
    ///     dQ = s · dS K,   dK = s · dSᵀ Q,   dV = Pᵀ dy
    ///
    /// Source: Vaswani et al., *Attention Is All You Need*, 2017 (arXiv:1706.03762), eq. 1.
    ///
    /// - Parameters:
    ///   - keys: `[B, N, D]`.
    ///   - values: `[B, N, D]`.
    ///   - heads: How many; they lie side by side, d = D / heads elements each.
    ///   - scale: s; 1/√d unless given.
    /// - Returns: `[B, M, D]`, for a receiver, the queries, of shape `[B, M, D]`.
    public func attention(
        keys: Variable, values: Variable, heads: Int, scale: Float? = nil
    ) -> Variable {
        let q = self, k = keys, v = values, pool = tape.pool
        let sizes = AttentionSizes(q.shape, k.shape, v.shape, heads: heads, scale: scale)
        let (y, weights) = Kernel.attention(q.value, k.value, v.value, sizes, on: pool)
        return tape.record(y, from: q, k, v) { dy, cotangents in
            let scores = Kernel.attentionScoreGradient(dy, v.value, weights, sizes, on: pool)
            cotangents.accumulate(into: q) {
                Kernel.addAttentionQueryGradient(to: &$0, scores, k.value, sizes, on: pool)
            }
            cotangents.accumulate(into: k) {
                Kernel.addAttentionKeyGradient(
                    to: &$0, scores, q.value, scale: sizes.scale, sizes, on: pool)
            }
            cotangents.accumulate(into: v) {
                Kernel.addAttentionKeyGradient(to: &$0, weights, dy, scale: 1, sizes, on: pool)
            }
        }
    }

    /// Attention of one query to keys that are the values too, without projections.
    ///
    ///     y = softmax(s · q Kᵀ) K
    ///
    /// - Parameters:
    ///   - keys: K, `[B, N, D]`.
    ///   - scale: s.
    /// - Returns: `[B, D]`, for a receiver of shape `[B, D]`.
    public func attending(to keys: Variable, scale: Float) -> Variable {
        precondition(shape.count == 2, "a query for each sequence, not \(shape)")
        return reshaped(to: [shape[0], 1, shape[1]])
            .attention(keys: keys, values: keys, heads: 1, scale: scale)
            .reshaped(to: shape)
    }
}

/// Extents of an attention, checked once.
struct AttentionSizes: Sendable {
    let sequences: Int
    let queries: Int
    let keys: Int
    let features: Int
    let heads: Int
    let scale: Float

    /// Features of a head.
    var width: Int { features / heads }

    init(_ q: [Int], _ k: [Int], _ v: [Int], heads: Int, scale: Float?) {
        precondition(q.count == 3 && k.count == 3 && k == v, "attention of \(q) to \(k), \(v)")
        precondition(q[0] == k[0] && q[2] == k[2] && q[2] % heads == 0, "\(q), \(k), \(heads)")
        (sequences, queries, keys, features) = (q[0], q[1], k[1], q[2])
        self.heads = heads
        self.scale = scale ?? 1 / Float(q[2] / heads).squareRoot()
    }
}
