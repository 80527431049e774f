import CKernels
import Foundation
import Tensors

extension Kernel {
    /// Sum over rows and classes of target · (log Σ exp x − x); stores the softmax of each row at `p`.
    ///
    /// The largest probability of a row is exp(0) over the sum of exponentials, so its logarithm
    /// gives that sum, however far away a target is.
    static func crossEntropy(_ x: Tensor, targets: Tensor, softmax p: inout Tensor) -> Float {
        precondition(targets.count == x.count && p.count == x.count)
        let (rows, classes) = (x.rows, x.columns)
        var loss = 0.0
        p.withSharedElements { p in
            withConstantElements(of: x, targets) { x, t in
                p.start.update(from: x.start, count: rows * classes)
                avprep_softmax(p.start, rows, classes, 1)
                for first in stride(from: 0, to: rows * classes, by: classes) {
                    var top = first
                    for i in first..<first + classes where x.start[i] > x.start[top] { top = i }
                    let sum = Double(x.start[top]) - log(Double(p.start[top]))
                    for i in first..<first + classes where t.start[i] > 0 {
                        loss += Double(t.start[i]) * (sum - Double(x.start[i]))
                    }
                }
            }
        }
        return Float(loss)
    }

    /// Adds scale · (p Σ target − target) to each row.
    static func addCrossEntropyGradient(
        to dx: inout Tensor, softmax p: Tensor, targets: Tensor, scale: Float
    ) {
        precondition(dx.count == p.count && targets.count == p.count)
        let classes = p.columns, count = p.count
        dx.withSharedElements { dx in
            withConstantElements(of: p, targets) { p, t in
                for first in stride(from: 0, to: count, by: classes) {
                    let row = first..<first + classes
                    var sum: Float = 0
                    for i in row { sum += t.start[i] }
                    for i in row { dx.start[i] += scale * (p.start[i] * sum - t.start[i]) }
                }
            }
        }
    }
}
