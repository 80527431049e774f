import Tensors

extension Variable {
    /// Attention of one query to keys that are the values too, without projections.
    ///
    ///     p = softmax(s · q Kᵀ),   y = p K
    ///
    /// With dp = dy Kᵀ and ds = p · (dp − Σ p · dp):
    ///
    ///     dq = s · ds K,   dK = s · dsᵀ q + pᵀ dy
    ///
    /// - Parameters:
    ///   - keys: K, `[B, N, D]`.
    ///   - scale: s, not negative.
    /// - Returns: `[B, D]`, for a receiver of shape `[B, D]`.
    public func attending(to keys: Variable, scale: Float) -> Variable {
        let q = self, pool = tape.pool
        precondition(
            shape.count == 2 && keys.shape.count == 3 && keys.shape[0] == shape[0]
                && keys.shape[2] == shape[1] && scale >= 0, "attention of \(shape) to \(keys.shape)"
        )
        let weights = tape.scratch([shape[0], keys.shape[1]])
        let scores = tape.scratch([shape[0], keys.shape[1]])
        return tape.record(shape, from: [q, keys]) { y in
            Kernel.attendOne(
                q.value, keys.value, scale: scale, to: &y, weights: &weights.value, on: pool)
        } pullback: { dy, cotangents in
            Kernel.attendOneScores(
                dy, keys.value, weights: weights.value, to: &scores.value, on: pool)
            cotangents.contribute(to: q) { dq, adding in
                Kernel.attendOneQueryGradient(
                    scores.value, keys.value, scale: scale, to: &dq, adding: adding, on: pool)
            }
            cotangents.contribute(to: keys) { dk, adding in
                Kernel.attendOneKeyGradient(
                    scores.value, weights: weights.value, q.value, dy, scale: scale, to: &dk,
                    adding: adding, on: pool)
            }
        }
    }
}
