import CKernels
import Tensors

// Where a function takes `adding`, it adds to its result if that is true, and else overwrites it.

extension Kernel {
    /// Stores `scale · x` at `y`, or adds it; their shapes may differ, their counts may not.
    static func scale(
        _ x: Tensor, by scale: Float, to y: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(x.count == y.count)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    if adding {
                        for i in piece { y.start[i] += scale * x.start[i] }
                    } else {
                        for i in piece { y.start[i] = scale * x.start[i] }
                    }
                }
            }
        }
    }

    /// Stores the sum of `scale · x` and `otherScale · u` at `y`.
    static func sum(
        _ x: Tensor, times scale: Float = 1, _ u: Tensor, times otherScale: Float = 1,
        to y: inout Tensor, on pool: WorkerPool
    ) {
        precondition(x.count == y.count && u.count == y.count)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x, u) { x, u in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    for i in piece { y.start[i] = scale * x.start[i] + otherScale * u.start[i] }
                }
            }
        }
    }

    /// Stores the larger of each element and zero at `y`.
    static func relu(_ x: Tensor, to y: inout Tensor, on pool: WorkerPool) {
        precondition(x.count == y.count)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    for i in piece { y.start[i] = x.start[i] > 0 ? x.start[i] : 0 }
                }
            }
        }
    }

    static func reluGradient(
        _ dy: Tensor, _ x: Tensor, to dx: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(dx.count == x.count && dy.count == x.count)
        let count = x.count
        dx.withSharedElements { dx in
            withConstantElements(of: dy, x) { dy, x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    if adding {
                        for i in piece { dx.start[i] += x.start[i] > 0 ? dy.start[i] : 0 }
                    } else {
                        for i in piece { dx.start[i] = x.start[i] > 0 ? dy.start[i] : 0 }
                    }
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
