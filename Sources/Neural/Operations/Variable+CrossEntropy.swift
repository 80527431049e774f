import Tensors

extension Variable {
    /// Cross-entropy of the softmax of each row with the index of its class, as a weighted mean.
    ///
    ///     p = softmax(x) by rows
    ///     loss = Σ wᵣ · −log p[r, targetᵣ] / Σ wᵣ
    ///     dx[r] = dloss · wᵣ / Σ w · (p[r] − onehot(targetᵣ))
    ///
    /// Rows of weight 0 count for nothing, whatever their target. If all are, the loss is 0.
    ///
    /// - Parameters:
    ///   - targets: A class for each row.
    ///   - weights: wᵣ, none of them negative; 1 unless given.
    /// - Returns: A scalar, for a receiver of logits, `[..., classes]`.
    public func softmaxCrossEntropy(targets: [Int], weights: [Float]? = nil) -> Variable {
        let x = self, weights = weights ?? Array(repeating: 1, count: targets.count)
        precondition(targets.count == value.rows && weights.count == targets.count)
        precondition(weights.allSatisfy { $0 >= 0 }, "a weight is negative")
        let total = weights.reduce(0.0) { $0 + Double($1) }
        let shares = weights.map { total > 0 ? Float(Double($0) / total) : 0 }

        var p = x.value
        Kernel.softmaxRows(of: &p)
        let loss = Kernel.crossEntropy(x.value, softmax: p, targets: targets, shares: shares)
        return tape.record(Tensor([loss], shape: []), from: x) { dy, cotangents in
            cotangents.accumulate(into: x) {
                let scale = dy.elements[0]
                Kernel.addCrossEntropyGradient(
                    to: &$0, softmax: p, targets: targets, shares: shares.map { scale * $0 })
            }
        }
    }
}
