import Tensors

extension Variable {
    /// Cross-entropy of the logistic function of each element with its target, as a mean over all.
    ///
    ///     loss = Σ w · (log(1 + eˣ) − t · x) / n
    ///     dx = dloss · w · (σ(x) − t) / n
    ///
    /// The multi-label soft margin of PyTorch is this, too.
    ///
    /// - Parameters:
    ///   - targets: t, in 0...1, of the receiver's shape; read at each replay.
    ///   - weights: w, of the receiver's shape, 1 unless given; n counts elements, whatever their weight.
    /// - Returns: A scalar, for a receiver of logits.
    public func binaryCrossEntropyWithLogits(
        targets: Variable, weights: Variable? = nil
    ) -> Variable {
        binaryCrossEntropy(.ofLogits, targets, weights)
    }

    /// Cross-entropy of each probability with its target, as a mean over all.
    ///
    ///     loss = −Σ w · (t · log p + (1 − t) · log(1 − p)) / n
    ///     dp = dloss · w · (p − t) / (p (1 − p)) / n
    ///
    /// As in PyTorch, a logarithm is at least −100, and what is divided by at least 1e-12.
    ///
    /// - Parameters:
    ///   - targets: t, in 0...1, of the receiver's shape; read at each replay.
    ///   - weights: w, of the receiver's shape, 1 unless given; n counts elements, whatever their weight.
    /// - Returns: A scalar, for a receiver of probabilities, in 0...1.
    public func binaryCrossEntropy(targets: Variable, weights: Variable? = nil) -> Variable {
        binaryCrossEntropy(.ofProbabilities, targets, weights)
    }

    private func binaryCrossEntropy(
        _ loss: BinaryCrossEntropy, _ t: Variable, _ w: Variable?
    ) -> Variable {
        precondition(shape == t.shape && !t.needsGradient, "targets \(t.shape) for \(shape)")
        precondition(
            w.map { $0.shape == shape && !$0.needsGradient } ?? true, "weights of \(shape)")
        let x = self, share = 1 / Double(count)
        return tape.record([], from: [x, t] + (w.map { [$0] } ?? [])) { y in
            y.elements[0] = Float(
                share * Kernel.sum(of: loss, x.value, targets: t.value, weights: w?.value))
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addGradient(
                    of: loss, to: &$0, x.value, targets: t.value, weights: w?.value,
                    scale: Double(dy.elements[0]) * share)
            }
        }
    }
}
