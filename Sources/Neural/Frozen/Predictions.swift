public import Tensors

extension Tensor {
    /// Probabilities of each row of logits: exp(scale · x) over its sum.
    public func softmax(scale: Float = 1) -> Tensor {
        var p = self
        Kernel.softmaxRows(of: &p, scale: scale)
        return p
    }

    /// Column of the largest element of each row, the first of several.
    public func largestColumns() -> [Int] {
        (0..<rows).map { row in
            let first = row * columns
            return (0..<columns).reduce(0) { best, c in
                elements[first + c] > elements[first + best] ? c : best
            }
        }
    }
}
