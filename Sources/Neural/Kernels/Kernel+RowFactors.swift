import CKernels
import Tensors

// Products of matrices `[..., C]` with row vectors `[C]` and with one number for each row.

extension Kernel {
    /// Stores the product of each row of `x` with a row vector at `y`, or adds it.
    static func multiplyRows(
        of x: Tensor, by row: Tensor, to y: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(x.count == y.count && row.count == y.columns)
        let (rows, columns) = (y.rows, y.columns)
        y.withSharedElements { y in
            withConstantElements(of: x, row) { x, row in
                pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    for r in piece {
                        let x = x + r * columns, y = y + r * columns
                        if adding {
                            for c in 0..<columns { y[c] += x[c] * row.start[c] }
                        } else {
                            for c in 0..<columns { y[c] = x[c] * row.start[c] }
                        }
                    }
                }
            }
        }
    }

    /// Stores the sum over rows of the products of corresponding elements as a row vector, or adds it;
    /// from the first row to the last.
    static func sumRowProducts(
        of x: Tensor, _ u: Tensor, to row: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(x.count == u.count && row.count == x.columns)
        let (rows, columns) = (x.rows, x.columns)
        row.withSharedElements { row in
            withConstantElements(of: x, u) { x, u in
                pool.forEachRange(of: columns, size: columnPiece) { piece in
                    if !adding { for c in piece { row.start[c] = 0 } }
                    for r in 0..<rows {
                        let x = x + r * columns, u = u + r * columns
                        for c in piece { row.start[c] += x[c] * u[c] }
                    }
                }
            }
        }
    }

    /// Stores each row of `x` times a number at `y`, or adds it.
    static func scaleRows(
        of x: Tensor, by scales: Tensor, to y: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(x.count == y.count && scales.count == y.rows)
        let (rows, columns) = (y.rows, y.columns)
        y.withSharedElements { y in
            withConstantElements(of: x, scales) { x, scales in
                pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    for r in piece {
                        let x = x + r * columns, y = y + r * columns, scale = scales.start[r]
                        if adding {
                            for c in 0..<columns { y[c] += scale * x[c] }
                        } else {
                            for c in 0..<columns { y[c] = scale * x[c] }
                        }
                    }
                }
            }
        }
    }

    /// Stores the scalar product of corresponding rows for each of them, or adds it.
    static func dotRows(
        of x: Tensor, _ u: Tensor, to dots: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        precondition(x.count == u.count && dots.count == x.rows)
        let (rows, columns) = (x.rows, x.columns)
        dots.withSharedElements { dots in
            withConstantElements(of: x, u) { x, u in
                pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    for r in piece {
                        let dot = Float(avprep_dot(x + r * columns, u + r * columns, columns))
                        dots.start[r] = adding ? dots.start[r] + dot : dot
                    }
                }
            }
        }
    }
}
