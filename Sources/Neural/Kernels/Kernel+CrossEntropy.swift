import CKernels
import Foundation
import Tensors

extension Kernel {
    /// Sum over rows of share · (log Σ exp x − x[target]); stores the softmax of each row at `p`.
    ///
    /// The largest probability of a row is exp(0) over the sum of exponentials, so its logarithm
    /// gives that sum, however far away the target is.
    static func crossEntropy(
        _ x: Tensor, _ targets: ClassTargets, softmax p: inout Tensor
    ) -> Float {
        precondition(targets.classes.count == x.rows && p.count == x.count)
        let classes = x.columns
        var loss = 0.0
        p.withSharedElements { p in
            withConstantElements(of: x) { x in
                p.start.update(from: x.start, count: targets.classes.count * classes)
                avprep_softmax(p.start, targets.classes.count, classes, 1)
                for (row, target) in targets.classes.enumerated() where targets.weights[row] > 0 {
                    precondition(0 <= target && target < classes, "class \(target) of \(classes)")
                    let scores = x + row * classes
                    var top = 0
                    for i in 1..<classes where scores[i] > scores[top] { top = i }
                    let distance = Double(scores[top]) - Double(scores[target])
                    loss +=
                        targets.share(of: row)
                        * (distance - log(Double(p.start[row * classes + top])))
                }
            }
        }
        return Float(loss)
    }

    /// Adds scale · share · (p − onehot(target)) to each row.
    static func addCrossEntropyGradient(
        to dx: inout Tensor, softmax p: Tensor, _ targets: ClassTargets, scale: Float
    ) {
        precondition(dx.count == p.count)
        let classes = p.columns
        dx.withSharedElements { dx in
            withConstantElements(of: p) { p in
                for (row, target) in targets.classes.enumerated() where targets.weights[row] > 0 {
                    let share = scale * Float(targets.share(of: row)), first = row * classes
                    for i in first..<first + classes { dx.start[i] += share * p.start[i] }
                    dx.start[first + target] -= share
                }
            }
        }
    }
}
