import Tensors

/// What batch normalisation keeps of the batches it has seen.
public struct RunningMoments {
    /// `[C]`.
    public let mean: Parameter

    /// `[C]`, without bias.
    public let variance: Parameter

    /// The share of the latest batch.
    public let momentum: Float

    public init(mean: Parameter, variance: Parameter, momentum: Float) {
        (self.mean, self.variance, self.momentum) = (mean, variance, momentum)
    }
}

extension Variable {
    /// Normalises each column to zero mean and unit variance, then scales and shifts it.
    ///
    ///     x̂ = (x − mean) · rstd,   rstd = 1 / √(variance + ε)
    ///     y = x̂ · γ + β
    ///
    /// On a tape that is differentiated the moments are those of all n rows, and running ones become
    /// (1 − momentum) · running + momentum · these, with n − 1 for n in the variance; at each
    /// computation, so once for each replay. There
    ///
    ///     dβ = Σ dy,   dγ = Σ dy · x̂,   dx = γ · rstd · (dy − dβ / n − x̂ · dγ / n)
    ///
    /// On other tapes the moments are the running ones.
    ///
    /// Source: Ioffe, Szegedy, *Batch Normalization*, 2015 (arXiv:1502.03167), algorithm 1.
    ///
    /// - Parameters:
    ///   - gamma: `[C]`, scale.
    ///   - beta: `[C]`, shift.
    ///   - running: The running moments.
    ///   - epsilon: Added to the variance.
    /// - Returns: The shape of the receiver, `[..., C]`.
    public func batchNorm(
        _ gamma: Parameter, _ beta: Parameter, running: RunningMoments, epsilon: Float
    ) -> Variable {
        let x = self, g = tape.variable(gamma), b = tape.variable(beta), pool = tape.pool
        let moments = tape.scratch([3, columns]), sums = tape.scratch([2, columns])
        let isTraining = tape.isDifferentiated
        precondition(!isTraining || rows > 1, "the variance of one row")
        // Running moments change between replays, whatever else is constant.
        return tape.record(shape, from: [x, g, b, tape.input([0])]) { y in
            if isTraining {
                Kernel.columnMoments(of: x.value, to: &moments.value, on: pool)
                running.update(from: moments.value, rows: x.rows)
            } else {
                running.copy(to: &moments.value)
            }
            Kernel.normaliseColumns(
                of: x.value, moments: &moments.value, gamma: g.value, beta: b.value,
                epsilon: epsilon, to: &y, on: pool)
        } pullback: { dy, cotangents in
            Kernel.columnSums(dy, x.value, moments: moments.value, to: &sums.value, on: pool)
            cotangents.accumulate(into: x) {
                Kernel.addBatchNormGradient(
                    to: &$0, dy, x.value, moments: moments.value, sums: sums.value,
                    gamma: g.value, on: pool)
            }
            cotangents.accumulate(into: b) { Kernel.addRow(0, of: sums.value, to: &$0) }
            cotangents.accumulate(into: g) { Kernel.addRow(1, of: sums.value, to: &$0) }
        }
    }
}

extension RunningMoments {
    /// Takes in the mean and the variance of a batch, the first two rows of `moments`.
    fileprivate func update(from moments: Tensor, rows: Int) {
        let columns = moments.columns, correction = Float(Double(rows) / Double(rows - 1))
        for c in 0..<columns {
            mean.value.elements[c] +=
                momentum * (moments.elements[c] - mean.value.elements[c])
            variance.value.elements[c] +=
                momentum * (correction * moments.elements[columns + c] - variance.value.elements[c])
        }
    }

    /// Writes mean and variance to the first two rows of `moments`.
    fileprivate func copy(to moments: inout Tensor) {
        let columns = moments.columns
        for c in 0..<columns {
            moments.elements[c] = mean.value.elements[c]
            moments.elements[columns + c] = variance.value.elements[c]
        }
    }
}
