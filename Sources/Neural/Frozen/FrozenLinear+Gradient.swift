import CKernels
import Synchronization
import Tensors

// On a tape, rows are cut into panels for the workers of a pool. A row's result depends on that row
// alone, so it has the bits that one worker would give it.

extension FrozenLinear {
    /// Rows that a worker maps at a time: a block of the kernels.
    private static let panel = 192

    /// Maps `[..., inputs]` to `[..., outputs]`, whose elements are overwritten.
    ///
    /// `isLinear` leaves the activation out.
    func apply(_ x: Tensor, to y: inout Tensor, isLinear: Bool = false, on pool: WorkerPool) {
        precondition(x.columns == inputs && y.columns == outputs && y.rows == x.rows)
        let (inputs, outputs, rows, weights) = (inputs, outputs, x.rows, weights)
        y.withSharedElements { y in
            Kernel.withConstantElements(of: x) { x in
                pool.forEachRange(of: rows, size: Self.panel) { panel in
                    Workspaces.shared.withOne {
                        weights.multiply(
                            x + panel.lowerBound * inputs, rows: panel.count,
                            to: y + panel.lowerBound * outputs, adding: false, isLinear: isLinear,
                            in: $0)
                    }
                }
            }
        }
    }

    /// Adds `dy W` to `dx`, without the activation.
    ///
    /// Products are in the number type of the weights; those of int8 in bf16, as cotangents have no scale
    /// that is known beforehand.
    func addInputGradient(_ dy: Tensor, to dx: inout Tensor, on pool: WorkerPool) {
        precondition(dx.columns == inputs && dy.columns == outputs && dy.rows == dx.rows)
        let (inputs, outputs, rows, weights) = (inputs, outputs, dx.rows, transposedWeights)
        dx.withSharedElements { dx in
            Kernel.withConstantElements(of: dy) { dy in
                pool.forEachRange(of: rows, size: Self.panel) { panel in
                    Workspaces.shared.withOne {
                        weights.multiply(
                            dy + panel.lowerBound * outputs, rows: panel.count,
                            to: dx + panel.lowerBound * inputs, adding: true, in: $0)
                    }
                }
            }
        }
    }

    /// Packs the transposed weights now, so that no step does.
    func prepareGradient() { _ = transposedWeights }

    /// Packed when it is first asked for: only blocks that are trained through have it.
    private var transposedWeights: PackedWeights {
        backwardWeights.withLock { known in
            if let known { return known }
            let transposed = PackedWeights(
                weights.transposed(), bias: Tensor(shape: [inputs]), activation: .none,
                compute == .f32 ? .f32 : .bf16, level)
            known = transposed
            return transposed
        }
    }
}

extension FrozenLinear.Activation {
    /// Applies it to all elements of `x`.
    func apply(_ x: Tensor, to y: inout Tensor, on pool: WorkerPool) {
        precondition(x.count == y.count)
        let count = x.count, activation = kernels
        y.withSharedElements { y in
            Kernel.withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: Kernel.elementPiece) { piece in
                    let first = piece.lowerBound
                    avprep_activate(y + first, x + first, piece.count, activation)
                }
            }
        }
    }

    /// Replaces `x` by `dy` times the derivative there.
    func differentiate(_ dy: Tensor, at x: inout Tensor, on pool: WorkerPool) {
        precondition(dy.count == x.count)
        let count = x.count, activation = kernels
        x.withSharedElements { x in
            Kernel.withConstantElements(of: dy) { dy in
                pool.forEachRange(of: count, size: Kernel.elementPiece) { piece in
                    let first = piece.lowerBound
                    avprep_activate_dx(x + first, dy + first, piece.count, activation)
                }
            }
        }
    }
}
