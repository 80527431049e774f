import Tensors

/// What each row of a batch is to be told as: labels, as targets of the cross-entropy.
///
///     t[r, c] = w_c ((1 − ε) y[r, c] + ε / C) / Σ w_c y[r, c]
///
/// where y is 1 at the label, or shares of 1 at those of a mixture, w are the weights of the classes, ε is
/// label smoothing, and the sum in the denominator goes over the whole update, so that parts of an
/// update add up to it. The loss is that of `torch.nn.CrossEntropyLoss` with these settings.
///
/// For losses that are means of their own, targets are y alone.
struct TargetTable: Sendable {
    /// The label of each row of each item; −1 for a row that counts for nothing.
    let labels: [[Int]]

    let classes: Int
    let smoothing: Float

    /// By class.
    let weights: [Float]

    /// Whether a target also holds its row's part of a mean.
    let isMean: Bool

    /// A table for the items of train.
    init(_ labels: [[Int]], classes: Int, _ loss: TrainingRecipe.Loss, isMean: Bool = true) {
        (self.labels, self.classes, self.isMean) = (labels, classes, isMean)
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
        for label in labels.joined() where label >= 0 { counts[label] += 1 }
        let rows = counts.reduce(0, +)
        return counts.map { $0 == 0 ? 0 : Float(rows) / Float(classes * $0) }
    }

    /// Writes the targets of a batch, `[rows, classes]`.
    ///
    /// - Parameters:
    ///   - plan: The batch, and the update that it is a part of.
    ///   - mixture: What an item is mixed with; nil if with nothing.
    ///   - targets: Every element is written.
    func write(_ plan: BatchPlan, mixture: (Int) -> Mixture?, to targets: inout [Float]) {
        var total: Float = 0
        for item in plan.update {
            forEachShare(of: item, mixture(item)) { _, label, share in
                total += weights[label] * share
            }
        }
        let scale = !isMean ? 1 : total > 0 ? 1 / total : 0
        for i in targets.indices {
            targets[i] = scale * weights[i % classes] * smoothing / Float(classes)
        }
        var first = 0
        for item in plan.items {
            for (row, label) in labels[item].enumerated() where label < 0 {
                for i in 0..<classes { targets[(first + row) * classes + i] = 0 }
            }
            forEachShare(of: item, mixture(item)) { row, label, share in
                targets[(first + row) * classes + label] +=
                    scale * weights[label] * (1 - smoothing) * share
            }
            first += labels[item].count
        }
    }

    /// Calls `body` with each row of an item, a label that it has, and the share of that.
    private func forEachShare(
        of item: Int, _ mixture: Mixture?, _ body: (_ row: Int, _ label: Int, Float) -> Void
    ) {
        for (row, label) in labels[item].enumerated() {
            if label >= 0 { body(row, label, mixture?.share ?? 1) }
            guard let mixture, labels[mixture.other][row] >= 0 else { continue }
            body(row, labels[mixture.other][row], 1 - mixture.share)
        }
    }
}
