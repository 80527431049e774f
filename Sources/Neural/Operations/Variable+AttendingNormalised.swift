import Tensors

extension Variable {
    /// Attention of one query to normalised constant rows, which are the values too.
    ///
    ///     x̂ = (x − mean) / √(variance + ε) by rows
    ///     p = softmax(s · q x̂ᵀ),   y = p x̂
    ///
    /// With dp = dy x̂ᵀ and ds = p · (dp − Σ p · dp):
    ///
    ///     dq = s · ds x̂
    ///
    /// Where rows are projected before a query z attends to them, T = (x̂ ∘ γ + β) W, that is not necessary: z Tᵀ is
    /// (γ ∘ z Wᵀ) x̂ᵀ and what all rows share, of which a softmax knows nothing, and p T is (p x̂ ∘ γ + β) W. So one row
    /// is projected in place of N.
    ///
    /// - Parameters:
    ///   - rows: x, `[B, N, C]`, of which nothing is differentiated.
    ///   - scale: s, not negative.
    ///   - epsilon: Added to the variance.
    /// - Returns: `[B, C]`, for a receiver of shape `[B, C]`.
    public func attending(
        toNormalised rows: Variable, scale: Float, epsilon: Float
    ) -> Variable {
        let q = self, x = rows, pool = tape.pool
        precondition(
            shape.count == 2 && x.shape.count == 3 && x.shape[0] == shape[0]
                && x.shape[2] == shape[1] && scale >= 0, "attention of \(shape) to \(x.shape)")
        precondition(!x.needsGradient, "rows are to be constants")
        let weights = tape.scratch([shape[0], x.shape[1]])
        let scores = tape.scratch([shape[0], x.shape[1]])
        let moments = tape.scratch([2, shape[0], x.shape[1]])
        return tape.record(shape, from: [q, x]) { y in
            Kernel.attendNormalised(
                q.value, x.value, scale: scale, epsilon: epsilon, to: &y,
                weights: &weights.value, moments: &moments.value, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: q) { dq, adding in
                Kernel.attendNormalisedQueryGradient(
                    dy, x.value, weights: weights.value, moments: moments.value,
                    scores: &scores.value, scale: scale, to: &dq, adding: adding, on: pool)
            }
        }
    }
}
