import Tensors

/// The class of each row, and how much it counts; both may change from replay to replay.
public final class ClassTargets {
    /// Rows of weight 0 count for nothing, whatever their class.
    public private(set) var classes: [Int]

    public private(set) var weights: [Float]

    /// Sum of the weights.
    public private(set) var total: Double

    /// Room for a number of rows, all of class 0 and weight 1 until they are set.
    public convenience init(count: Int) { self.init(Array(repeating: 0, count: count)) }

    public init(_ classes: [Int], weights: [Float]? = nil) {
        self.classes = classes
        self.weights = weights ?? Array(repeating: 1, count: classes.count)
        total = 0
        update()
    }

    /// Sets the class of each row, and its weight; 1 unless given.
    ///
    /// - Precondition: There are as many as before.
    public func set(_ classes: [Int], weights: [Float]? = nil) {
        precondition(classes.count == self.classes.count)
        for row in classes.indices {
            self.classes[row] = classes[row]
            self.weights[row] = weights?[row] ?? 1
        }
        update()
    }

    private func update() {
        precondition(weights.count == classes.count, "\(weights.count) weights")
        precondition(weights.allSatisfy { $0 >= 0 }, "a weight is negative")
        total = weights.reduce(0) { $0 + Double($1) }
    }

    /// wᵣ / Σ w, or 0 if all weights are.
    func share(of row: Int) -> Double { total > 0 ? Double(weights[row]) / total : 0 }
}

extension Variable {
    /// Cross-entropy of the softmax of each row with the index of its class, as a weighted mean.
    ///
    ///     p = softmax(x) by rows
    ///     loss = Σ wᵣ · −log p[r, targetᵣ] / Σ wᵣ
    ///     dx[r] = dloss · wᵣ / Σ w · (p[r] − onehot(targetᵣ))
    ///
    /// Rows of weight 0 count for nothing, whatever their target. If all are, the loss is 0.
    ///
    /// - Parameter targets: A class for each row, read at each replay.
    /// - Returns: A scalar, for a receiver of logits, `[..., classes]`.
    public func softmaxCrossEntropy(_ targets: ClassTargets) -> Variable {
        let x = self, p = tape.scratch(shape)
        precondition(targets.classes.count == rows, "\(targets.classes.count) targets for \(shape)")
        return tape.record([], from: [x]) { y in
            y.elements[0] = Kernel.crossEntropy(x.value, targets, softmax: &p.value)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addCrossEntropyGradient(
                    to: &$0, softmax: p.value, targets, scale: dy.elements[0])
            }
        }
    }

    /// The same with targets that stay as they are; `weights` are 1 unless given.
    public func softmaxCrossEntropy(targets: [Int], weights: [Float]? = nil) -> Variable {
        softmaxCrossEntropy(ClassTargets(targets, weights: weights))
    }
}
