import CKernels
import Tensors

extension Kernel {
    /// Sets `y` to x · σ(βx).
    static func swish(_ x: Tensor, _ beta: Float, to y: inout Tensor, on pool: WorkerPool) {
        precondition(x.count == y.count)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    let first = piece.lowerBound
                    avprep_swish(y + first, x + first, piece.count, beta)
                }
            }
        }
    }

    /// Replaces `x` by `dy` times the derivative of swish there.
    static func differentiateSwish(
        _ dy: Tensor, at x: inout Tensor, _ beta: Float, on pool: WorkerPool
    ) {
        precondition(dy.count == x.count)
        let count = x.count
        x.withSharedElements { x in
            withConstantElements(of: dy) { dy in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    let first = piece.lowerBound
                    avprep_swish_dx(x + first, dy + first, piece.count, beta)
                }
            }
        }
    }

    /// Sets `y` to x · u, element by element, or adds that.
    static func multiplyElements(
        _ x: Tensor, _ u: Tensor, to y: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(x.count == y.count && u.count == y.count)
        let count = y.count
        y.withSharedElements { y in
            withConstantElements(of: x, u) { x, u in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    if adding {
                        for i in piece { y.start[i] += x.start[i] * u.start[i] }
                    } else {
                        for i in piece { y.start[i] = x.start[i] * u.start[i] }
                    }
                }
            }
        }
    }
}
