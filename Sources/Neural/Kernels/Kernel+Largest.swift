import Tensors

// `chosen` holds the tokens that were chosen, `[B, k, C]`.

extension Kernel {
    /// Sets `y`, `[B, C]`, to the mean of the `k` largest of `x`, `[B, T, C]`, over tokens.
    static func meanOfLargest(
        _ k: Int, of x: Tensor, to y: inout Tensor, chosen: inout [Int32]
    ) {
        let (tokens, columns) = (x.shape[1], x.shape[2])
        for b in 0..<x.shape[0] {
            for c in 0..<columns {
                let first = b * tokens * columns + c, choice = b * k * columns + c
                var sum: Float = 0
                for rank in 0..<k {
                    var best = -1, value: Float = 0
                    for t in 0..<tokens {
                        let element = x.elements[first + t * columns]
                        // What is not a number is to be seen in the loss, as PyTorch has it.
                        guard best < 0 || element > value || element.isNaN else { continue }
                        let isChosen = (0..<rank).contains {
                            chosen[choice + $0 * columns] == Int32(t)
                        }
                        if !isChosen { (best, value) = (t, element) }
                    }
                    chosen[choice + rank * columns] = Int32(best)
                    sum += value
                }
                y.elements[b * columns + c] = sum / Float(k)
            }
        }
    }

    /// Adds dy / k to the tokens that were chosen.
    static func addMeanOfLargestGradient(
        to dx: inout Tensor, _ dy: Tensor, k: Int, chosen: [Int32]
    ) {
        let (tokens, columns) = (dx.shape[1], dx.shape[2])
        for b in 0..<dx.shape[0] {
            for rank in 0..<k {
                for c in 0..<columns {
                    let t = Int(chosen[(b * k + rank) * columns + c])
                    dx.elements[(b * tokens + t) * columns + c] +=
                        dy.elements[b * columns + c] / Float(k)
                }
            }
        }
    }
}
