import CKernels
import Tensors

extension FrozenLayerNorm {
    /// Maps `[..., C]` to the same shape, and keeps mean and reciprocal deviation of each row in
    /// `moments`, `[2, rows]`.
    func apply(
        _ x: Tensor, to y: inout Tensor, moments: inout Tensor, on pool: WorkerPool
    ) {
        let (rows, columns, epsilon) = (x.rows, x.columns, epsilon)
        precondition(y.count == x.count && columns == weight.count && moments.count == 2 * rows)
        Kernel.withSharedElements(of: &y, &moments) { y, moments in
            Kernel.withConstantElements(of: x, weight, bias) { x, weight, bias in
                pool.forEachRange(of: rows, size: Kernel.rowPiece(columns: columns)) { piece in
                    let row = piece.lowerBound, first = row * columns
                    avprep_layer_norm(
                        y + first, moments + row, moments + (rows + row), x + first, weight.start,
                        bias.start, piece.count, columns, epsilon)
                }
            }
        }
    }

    /// Adds the derivative with respect to `x`.
    func addInputGradient(
        _ dy: Tensor, _ x: Tensor, moments: Tensor, to dx: inout Tensor, on pool: WorkerPool
    ) {
        let (rows, columns) = (x.rows, x.columns)
        precondition(dx.count == x.count && dy.count == x.count && moments.count == 2 * rows)
        dx.withSharedElements { dx in
            Kernel.withConstantElements(of: dy, x, weight) { dy, x, weight in
                Kernel.withConstantElements(of: moments) { moments in
                    pool.forEachRange(of: rows, size: Kernel.rowPiece(columns: columns)) { piece in
                        let row = piece.lowerBound, first = row * columns
                        avprep_layer_norm_dx(
                            dx + first, dy + first, x + first, moments + row,
                            moments + (rows + row), weight.start, piece.count, columns)
                    }
                }
            }
        }
    }
}
