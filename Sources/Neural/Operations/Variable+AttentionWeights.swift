import Tensors

// Attention in two steps, for what happens to the weights between them.

extension Variable {
    /// Weights of keys in a multi-head attention.
    ///
    ///     P = softmax(s · Q Kᵀ + A) by rows, for each sequence and head
    ///     dS = P · (dP − Σ P · dP),   dQ = s · dS K,   dK = s · dSᵀ Q
    ///
    /// - Parameters:
    ///   - keys: `[B, N, D]`.
    ///   - heads: How many; they lie side by side, d = D / heads elements each.
    ///   - scale: s; 1/√d unless given.
    ///   - mask: Which keys a query attends to; all of them unless given.
    /// - Returns: `[B, heads, M, N]`, for a receiver, the queries, of shape `[B, M, D]`.
    public func attentionWeights(
        keys: Variable, heads: Int, scale: Float? = nil, mask: AttentionMask = AttentionMask()
    ) -> Variable {
        let q = self, k = keys, pool = tape.pool
        let sizes = AttentionSizes(q.shape, k.shape, k.shape, heads: heads, scale: scale)
        mask.check(sizes)
        let scores = tape.scratch(sizes.scores)
        return tape.record(sizes.scores, from: [q, k] + mask.variables) { p in
            Kernel.attentionWeights(q.value, k.value, sizes, mask, to: &p, on: pool)
        } pullbackOfOutput: { p, dp, cotangents in
            Kernel.softmaxGradient(dp, of: p, to: &scores.value, on: pool)
            cotangents.contribute(to: q) { dq, adding in
                Kernel.attentionQueryGradient(
                    scores.value, k.value, sizes, to: &dq, adding: adding, on: pool)
            }
            cotangents.contribute(to: k) { dk, adding in
                Kernel.attentionKeyGradient(
                    scores.value, q.value, scale: sizes.scale, sizes, to: &dk, adding: adding,
                    on: pool)
            }
        }
    }

    /// Values, weighted as an attention does it.
    ///
    ///     y = P V,   dP = dy Vᵀ,   dV = Pᵀ dy, for each sequence and head
    ///
    /// - Parameter values: V, `[B, N, D]`.
    /// - Returns: `[B, M, D]`, for a receiver of weights P, `[B, heads, M, N]`.
    public func weighted(_ values: Variable) -> Variable {
        precondition(shape.count == 4 && values.shape.count == 3, "\(shape) of \(values.shape)")
        let p = self, v = values, pool = tape.pool
        let output = [shape[0], shape[2], values.shape[2]]
        let sizes = AttentionSizes(output, v.shape, v.shape, heads: shape[1], scale: 1)
        precondition(sizes.scores == shape, "\(shape) of \(values.shape)")
        return tape.record(output, from: [p, v]) { y in
            Kernel.attentionOutput(p.value, v.value, sizes, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: p) { dp, adding in
                Kernel.attentionWeightGradient(
                    dy, v.value, sizes, to: &dp, adding: adding, on: pool)
            }
            cotangents.contribute(to: v) { dv, adding in
                Kernel.attentionKeyGradient(
                    p.value, dy, scale: 1, sizes, to: &dv, adding: adding, on: pool)
            }
        }
    }
}
