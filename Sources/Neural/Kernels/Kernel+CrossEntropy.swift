import Foundation
import Tensors

extension Kernel {
    /// Sum over rows of share · (log Σ exp x − x[target]).
    ///
    /// The largest probability of a row is exp(0) over the sum of exponentials, so its logarithm
    /// gives that sum, however far away the target is.
    static func crossEntropy(
        _ x: Tensor, softmax p: Tensor, targets: [Int], shares: [Float]
    ) -> Float {
        let classes = x.columns
        var loss = 0.0
        for (row, target) in targets.enumerated() where shares[row] > 0 {
            precondition(0 <= target && target < classes, "class \(target) of \(classes)")
            let range = row * classes..<(row + 1) * classes
            let top = range.max { x.elements[$0] < x.elements[$1] } ?? range.lowerBound
            let distance = Double(x.elements[top]) - Double(x.elements[range.lowerBound + target])
            loss += Double(shares[row]) * (distance - log(Double(p.elements[top])))
        }
        return Float(loss)
    }

    /// Adds share · (p − onehot(target)) to each row.
    static func addCrossEntropyGradient(
        to dx: inout Tensor, softmax p: Tensor, targets: [Int], shares: [Float]
    ) {
        precondition(dx.shape == p.shape)
        let classes = p.columns
        for (row, target) in targets.enumerated() where shares[row] != 0 {
            for i in row * classes..<(row + 1) * classes {
                dx.elements[i] += shares[row] * p.elements[i]
            }
            dx.elements[row * classes + target] -= shares[row]
        }
    }
}
