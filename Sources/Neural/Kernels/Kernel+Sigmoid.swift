import CKernels
import Tensors

// Functions of the exponential, and their derivatives from their own values.

extension Kernel {
    /// Sets `y` to 1 / (1 + e⁻ˣ).
    static func sigmoid(_ x: Tensor, to y: inout Tensor, on pool: WorkerPool) {
        precondition(x.count == y.count)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    let first = piece.lowerBound
                    avprep_sigmoid(y + first, x + first, piece.count)
                }
            }
        }
    }

    /// Stores dy · y (1 − y) at `dx`, or adds it.
    static func sigmoidGradient(
        _ dy: Tensor, of y: Tensor, to dx: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(dx.count == y.count && dy.count == y.count)
        let count = y.count
        dx.withSharedElements { dx in
            withConstantElements(of: dy, y) { dy, y in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    if adding {
                        for i in piece {
                            dx.start[i] += dy.start[i] * y.start[i] * (1 - y.start[i])
                        }
                    } else {
                        for i in piece {
                            dx.start[i] = dy.start[i] * y.start[i] * (1 - y.start[i])
                        }
                    }
                }
            }
        }
    }

    /// Sets `y` to tanh x.
    static func tanh(_ x: Tensor, to y: inout Tensor, on pool: WorkerPool) {
        precondition(x.count == y.count)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    let first = piece.lowerBound
                    avprep_tanh(y + first, x + first, piece.count)
                }
            }
        }
    }

    /// Stores dy · (1 − y²) at `dx`, or adds it.
    static func tanhGradient(
        _ dy: Tensor, of y: Tensor, to dx: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(dx.count == y.count && dy.count == y.count)
        let count = y.count
        dx.withSharedElements { dx in
            withConstantElements(of: dy, y) { dy, y in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    if adding {
                        for i in piece {
                            dx.start[i] += dy.start[i] * (1 - y.start[i] * y.start[i])
                        }
                    } else {
                        for i in piece {
                            dx.start[i] = dy.start[i] * (1 - y.start[i] * y.start[i])
                        }
                    }
                }
            }
        }
    }
}
