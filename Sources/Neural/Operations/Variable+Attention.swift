import Tensors

extension Variable {
    /// Multi-head scaled dot-product attention of queries to keys.
    ///
    ///     S = s · Q Kᵀ + A,   P = softmax(S) by rows,   y = P V,   for each sequence and head
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
    ///   - mask: Which keys a query attends to; all of them unless given.
    /// - Returns: `[B, M, D]`, for a receiver, the queries, of shape `[B, M, D]`.
    public func attention(
        keys: Variable, values: Variable, heads: Int, scale: Float? = nil,
        mask: AttentionMask = AttentionMask()
    ) -> Variable {
        let q = self, k = keys, v = values, pool = tape.pool
        let sizes = AttentionSizes(q.shape, k.shape, v.shape, heads: heads, scale: scale)
        mask.check(sizes)
        let weights = tape.scratch(sizes.scores), scores = tape.scratch(sizes.scores)
        return tape.record(shape, from: [q, k, v] + mask.variables) { y in
            Kernel.attention(
                q.value, k.value, v.value, sizes, mask, to: &y, weights: &weights.value, on: pool)
        } pullback: { dy, cotangents in
            Kernel.attentionScoreGradient(
                dy, v.value, weights.value, sizes, to: &scores.value, on: pool)
            cotangents.contribute(to: q) { dq, adding in
                Kernel.attentionQueryGradient(
                    scores.value, k.value, sizes, to: &dq, adding: adding, on: pool)
            }
            cotangents.contribute(to: k) { dk, adding in
                Kernel.attentionKeyGradient(
                    scores.value, q.value, scale: sizes.scale, sizes, to: &dk, adding: adding,
                    on: pool)
            }
            cotangents.contribute(to: v) { dv, adding in
                Kernel.attentionKeyGradient(
                    weights.value, dy, scale: 1, sizes, to: &dv, adding: adding, on: pool)
            }
        }
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
