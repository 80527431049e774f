import CKernels
import Tensors

extension Kernel {
    /// Adds `scale · x` to `y`; their shapes may differ, their counts may not.
    static func add(
        _ x: Tensor, times scale: Float = 1, to y: inout Tensor, on pool: WorkerPool = .serial
    ) {
        precondition(x.count == y.count)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    for i in piece { y.start[i] += scale * x.start[i] }
                }
            }
        }
    }

    /// Adds the larger of each element and zero to `y`.
    static func addReLU(_ x: Tensor, to y: inout Tensor, on pool: WorkerPool) {
        precondition(x.shape == y.shape)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    for i in piece { y.start[i] += x.start[i] > 0 ? x.start[i] : 0 }
                }
            }
        }
    }

    static func addReLUGradient(
        to dx: inout Tensor, _ dy: Tensor, _ x: Tensor, on pool: WorkerPool
    ) {
        precondition(dx.shape == x.shape && dy.shape == x.shape)
        let count = x.count
        dx.withSharedElements { dx in
            withConstantElements(of: dy, x) { dy, x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    for i in piece { dx.start[i] += x.start[i] > 0 ? dy.start[i] : 0 }
                }
            }
        }
    }

    /// Sum of the products of corresponding elements, in double precision.
    static func dot(_ x: Tensor, _ y: Tensor) -> Double {
        precondition(x.count == y.count)
        return avprep_dot(x.elements, y.elements, x.count)
    }
}
