import CKernels
import Tensors

extension Kernel {
    /// Replaces each row of `[..., C]` by its softmax, exp(scale · x) over its sum.
    static func softmaxRows(of x: inout Tensor, scale: Float = 1) {
        precondition(scale >= 0)
        let (rows, columns) = (x.rows, x.columns)
        avprep_softmax(&x.elements, rows, columns, scale)
    }

    /// Sets `y` to the softmax of each row of `factor · x + mask`; rows of the mask are used in turn.
    static func softmax(
        _ x: Tensor, times factor: Float, mask: Tensor?, to y: inout Tensor, on pool: WorkerPool
    ) {
        let (rows, columns) = (y.rows, y.columns)
        scale(x, by: factor, to: &y, adding: false, on: pool)
        y.withSharedElements { y in
            guard let mask else {
                return pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    avprep_softmax(y + piece.lowerBound * columns, piece.count, columns, 1)
                }
            }
            let masks = mask.rows
            withConstantElements(of: mask) { mask in
                pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    for row in piece {
                        softmaxRow(y + row * columns, mask + row % masks * columns, columns)
                    }
                }
            }
        }
    }

    /// Replaces a row by its softmax after adding `mask`; 0 where that is −∞.
    static func softmaxRow(
        _ x: UnsafeMutablePointer<Float>, _ mask: UnsafePointer<Float>, _ columns: Int
    ) {
        for c in 0..<columns { x[c] += mask[c] }
        avprep_softmax(x, 1, columns, 1)
        // The exponential of our kernels never reaches 0, and a row without any element has none.
        for c in 0..<columns where mask[c] == -.infinity { x[c] = 0 }
    }

    /// Sets `slope` to p · (dy − Σ p · dy) by rows, given a softmax p.
    static func softmaxGradient(
        _ dy: Tensor, of p: Tensor, to slope: inout Tensor, on pool: WorkerPool
    ) {
        let (rows, columns) = (p.rows, p.columns)
        scale(dy, by: 1, to: &slope, adding: false, on: pool)
        slope.withSharedElements { slope in
            withConstantElements(of: p) { p in
                pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    let first = piece.lowerBound * columns
                    avprep_softmax_dx(slope + first, p + first, piece.count, columns)
                }
            }
        }
    }
}
