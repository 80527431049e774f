import Tensors

extension Kernel {
    /// Adds to `y` the elements of `x` that a mask keeps, divided by the probability of that.
    static func addDropped(
        _ x: Tensor, _ probability: Float, _ key: DropoutKey, to y: inout Tensor,
        on pool: WorkerPool
    ) {
        precondition(x.shape == y.shape)
        let count = x.count, scale = 1 / (1 - probability)
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    for i in piece {
                        let isKept = key.uniform(at: i) >= probability
                        y.start[i] += isKept ? scale * x.start[i] : 0
                    }
                }
            }
        }
    }
}
