import CKernels
import Tensors

/// What rows are divided by.
enum RowNorm {
    /// √Σ x².
    case euclidean

    /// Σ x.
    case sum

    func callAsFunction(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
        switch self {
        case .euclidean: return Float(avprep_dot(x, x, count).squareRoot())
        case .sum:
            var sum = 0.0
            for i in 0..<count { sum += Double(x[i]) }
            return Float(sum)
        }
    }
}

extension Kernel {
    /// Sets `y` to each row of `x` over its norm, though at least `epsilon`; and keeps the norms.
    static func divideRows(
        of x: Tensor, by norm: RowNorm, epsilon: Float, to y: inout Tensor, norms: inout Tensor,
        on pool: WorkerPool
    ) {
        let (rows, columns) = (x.rows, x.columns)
        withSharedElements(of: &y, &norms) { y, norms in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    for r in piece {
                        let x = x + r * columns, y = y + r * columns
                        let length = norm(x, columns), factor = 1 / max(length, epsilon)
                        norms.start[r] = length
                        for c in 0..<columns { y[c] = x[c] * factor }
                    }
                }
            }
        }
    }

    /// dx += (dy − ⟨x, dy⟩ / n · ∇n) / n where the norm n is not below `epsilon`, else dy / `epsilon`.
    static func addDividedRowsGradient(
        to dx: inout Tensor, _ dy: Tensor, _ x: Tensor, norm: RowNorm, epsilon: Float,
        norms: Tensor, on pool: WorkerPool
    ) {
        let (rows, columns) = (x.rows, x.columns)
        dx.withSharedElements { dx in
            withConstantElements(of: dy, x, norms) { dy, x, norms in
                pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    for r in piece {
                        let dx = dx + r * columns, dy = dy + r * columns, x = x + r * columns
                        let length = norms.start[r], factor = 1 / max(length, epsilon)
                        for c in 0..<columns { dx[c] += dy[c] * factor }
                        guard length >= epsilon else { continue }
                        let product = Float(avprep_dot(x, dy, columns)) * factor * factor
                        switch norm {
                        case .euclidean:
                            for c in 0..<columns { dx[c] -= product * (x[c] * factor) }
                        case .sum:
                            for c in 0..<columns { dx[c] -= product }
                        }
                    }
                }
            }
        }
    }
}
