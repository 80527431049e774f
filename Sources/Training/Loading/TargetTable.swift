import Tensors

/// What each row of a batch is to be told as: labels, as targets of the cross-entropy.
///
///     t[r, c] = w_c ((1 − ε) y[r, c] + ε / C) / Σ w_c y[r, c]
///
/// where y is 1 at the label, or shares of 1 at those of a mixture, w are the weights of the classes, ε is
/// label smoothing, and the sum in the denominator goes over the whole update, so that parts of an
/// update add up to it. The loss is that of `torch.nn.CrossEntropyLoss` with these settings.
struct TargetTable: Sendable {
    /// The label of each segment of each sample.
    let labels: [[Int]]

    let classes: Int
    let smoothing: Float

    /// By class.
    let weights: [Float]

    /// A table for the samples of train.
    init(_ labels: [[Int]], classes: Int, _ loss: TrainingRecipe.Loss) {
        (self.labels, self.classes) = (labels, classes)
        smoothing = Float(loss.labelSmoothing)
        weights =
            switch loss.classWeights {
            case .none: Array(repeating: 1, count: classes)
            case .balanced: Self.balanced(labels, classes: classes)
            }
    }

    /// For each class the reciprocal of its share of all rows, over the number of classes; 0 for a class
    /// that no row has.
    private static func balanced(_ labels: [[Int]], classes: Int) -> [Float] {
        var counts = Array(repeating: 0, count: classes)
        for label in labels.joined() { counts[label] += 1 }
        let rows = counts.reduce(0, +)
        return counts.map { $0 == 0 ? 0 : Float(rows) / Float(classes * $0) }
    }

    /// Writes the targets of a batch, `[rows, classes]`.
    ///
    /// - Parameters:
    ///   - plan: The batch, and the update that it is a part of.
    ///   - mixture: What a sample is mixed with; nil if with nothing.
    ///   - targets: Every element is written.
    func write(_ plan: BatchPlan, mixture: (Int) -> Mixture?, to targets: inout [Float]) {
        var total: Float = 0
        for sample in plan.update {
            forEachShare(of: sample, mixture(sample)) { _, label, share in
                total += weights[label] * share
            }
        }
        let scale = total > 0 ? 1 / total : 0
        for i in targets.indices {
            targets[i] = scale * weights[i % classes] * smoothing / Float(classes)
        }
        var first = 0
        for sample in plan.samples {
            forEachShare(of: sample, mixture(sample)) { row, label, share in
                targets[(first + row) * classes + label] +=
                    scale * weights[label] * (1 - smoothing) * share
            }
            first += labels[sample].count
        }
    }

    /// Calls `body` with each row of a sample, a label that it has, and the share of that.
    private func forEachShare(
        of sample: Int, _ mixture: Mixture?, _ body: (_ row: Int, _ label: Int, Float) -> Void
    ) {
        for (row, label) in labels[sample].enumerated() {
            body(row, label, mixture?.share ?? 1)
            if let mixture { body(row, labels[mixture.other][row], 1 - mixture.share) }
        }
    }
}
