import Tensors

extension Variable {
    /// Cross-entropy of the softmax of each row with weighted targets, summed.
    ///
    ///     p = softmax(x) by rows
    ///     loss = − Σ t[r, c] log p[r, c]
    ///     dx[r] = dloss · (p[r] Σ t[r] − t[r])
    ///
    /// A target holds everything that its class counts for: a label or a share of it, the weight of the
    /// class, and the row's part of a mean. So label smoothing, mixtures and accumulation over parts of a
    /// batch are matters of the targets alone. A row of zeros counts for nothing.
    ///
    /// - Parameter targets: Of the receiver's shape, none of them negative; read at each replay.
    /// - Returns: A scalar, for a receiver of logits, `[..., classes]`.
    public func crossEntropy(targets: Variable) -> Variable {
        precondition(shape == targets.shape && !targets.needsGradient, "targets \(targets.shape)")
        let x = self, t = targets, p = tape.scratch(shape)
        return tape.record([], from: [x, t]) { y in
            y.elements[0] = Kernel.crossEntropy(x.value, targets: t.value, softmax: &p.value)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addCrossEntropyGradient(
                    to: &$0, softmax: p.value, targets: t.value, scale: dy.elements[0])
            }
        }
    }
}
