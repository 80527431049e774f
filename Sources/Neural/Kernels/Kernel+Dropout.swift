import CKernels
import Tensors

extension Kernel {
    /// Adds to `y` the elements of `x` that a mask keeps, divided by the probability of that.
    static func addDropped(
        _ x: Tensor, _ probability: Float, _ key: DropoutKey, to y: inout Tensor,
        on pool: WorkerPool
    ) {
        precondition(x.shape == y.shape)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    let first = piece.lowerBound
                    avprep_add_dropped(
                        y + first, x + first, key.state(from: first), piece.count, probability)
                }
            }
        }
    }
}
