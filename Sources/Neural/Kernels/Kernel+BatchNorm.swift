import Tensors

// Moments are `[3, C]`: mean, variance, and the reciprocal deviation with ε. Columns are cut into pieces of
// ``Kernel/columnPiece``, and sums run from the first row to the last in double precision.

extension Kernel {
    /// Stores the mean and the variance of each column of `x` in the first two rows of `moments`.
    static func columnMoments(
        of x: Tensor, to moments: inout Tensor, on pool: WorkerPool
    ) {
        let (rows, columns) = (x.rows, x.columns)
        moments.withSharedElements { moments in
            withConstantElements(of: x) { x in
                forEachColumnPiece(of: columns, on: pool) { piece, sums in
                    let x = x + piece.lowerBound, moments = moments + piece.lowerBound
                    for r in 0..<rows {
                        for c in 0..<piece.count { sums[c] += Double(x[r * columns + c]) }
                    }
                    for c in 0..<piece.count {
                        moments[c] = Float(sums[c] / Double(rows))
                        sums[c] = 0
                    }
                    for r in 0..<rows {
                        for c in 0..<piece.count {
                            let deviation = x[r * columns + c] - moments[c]
                            sums[c] += Double(deviation * deviation)
                        }
                    }
                    for c in 0..<piece.count {
                        moments[columns + c] = Float(sums[c] / Double(rows))
                    }
                }
            }
        }
    }

    /// Sets `y` to (x − mean) · rstd · γ + β, with the first two rows of `moments`; stores the third.
    static func normaliseColumns(
        of x: Tensor, moments: inout Tensor, gamma: Tensor, beta: Tensor, epsilon: Float,
        to y: inout Tensor, on pool: WorkerPool
    ) {
        let (rows, columns) = (x.rows, x.columns)
        withSharedElements(of: &y, &moments) { y, moments in
            let variance = moments + columns, rstd = moments + 2 * columns
            for c in 0..<columns { rstd[c] = 1 / (variance[c] + epsilon).squareRoot() }
            withConstantElements(of: x, gamma, beta) { x, gamma, beta in
                pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                    let mean = moments + 0, rstd = moments + 2 * columns
                    for r in piece {
                        let x = x + r * columns, y = y + r * columns
                        for c in 0..<columns {
                            y[c] = (x[c] - mean[c]) * rstd[c] * gamma.start[c] + beta.start[c]
                        }
                    }
                }
            }
        }
    }

    /// Stores Σ dy and Σ dy · x̂ of each column in the rows of `sums`.
    static func columnSums(
        _ dy: Tensor, _ x: Tensor, moments: Tensor, to sums: inout Tensor, on pool: WorkerPool
    ) {
        let (rows, columns) = (x.rows, x.columns)
        sums.withSharedElements { result in
            withConstantElements(of: dy, x, moments) { dy, x, moments in
                forEachColumnPiece(of: columns, on: pool) { piece, sums in
                    let first = piece.lowerBound, count = piece.count
                    let mean = moments + first, rstd = moments + (2 * columns + first)
                    let products = sums + columnPiece
                    for r in 0..<rows {
                        let dy = dy + (r * columns + first), x = x + (r * columns + first)
                        for c in 0..<count {
                            sums[c] += Double(dy[c])
                            products[c] += Double(dy[c] * ((x[c] - mean[c]) * rstd[c]))
                        }
                    }
                    for c in 0..<count {
                        (result + first)[c] = Float(sums[c])
                        (result + first)[columns + c] = Float(products[c])
                    }
                }
            }
        }
    }

    /// dx += γ · rstd · (dy − Σ dy / n − x̂ · Σ (dy · x̂) / n).
    static func addBatchNormGradient(
        to dx: inout Tensor, _ dy: Tensor, _ x: Tensor, moments: Tensor, sums: Tensor,
        gamma: Tensor, on pool: WorkerPool
    ) {
        let (rows, columns) = (x.rows, x.columns), share = 1 / Float(x.rows)
        dx.withSharedElements { dx in
            withConstantElements(of: dy, x, moments) { dy, x, moments in
                withConstantElements(of: sums, gamma) { sums, gamma in
                    pool.forEachRange(of: rows, size: rowPiece(columns: columns)) { piece in
                        let mean = moments + 0, rstd = moments + 2 * columns
                        let sum = sums + 0, product = sums + columns
                        for r in piece {
                            let dx = dx + r * columns, dy = dy + r * columns, x = x + r * columns
                            for c in 0..<columns {
                                let normalised = (x[c] - mean[c]) * rstd[c]
                                let slope = dy[c] - share * (sum[c] + normalised * product[c])
                                dx[c] += gamma.start[c] * rstd[c] * slope
                            }
                        }
                    }
                }
            }
        }
    }

    /// Adds a row of `x` to a row vector.
    static func addRow(_ index: Int, of x: Tensor, to row: inout Tensor) {
        let columns = x.columns
        precondition(row.count == columns)
        for c in 0..<columns { row.elements[c] += x.elements[index * columns + c] }
    }

    /// Calls `body` with each piece of columns, and with 2 · ``columnPiece`` sums that are zero.
    private static func forEachColumnPiece(
        of columns: Int, on pool: WorkerPool,
        _ body: @Sendable (Range<Int>, UnsafeMutablePointer<Double>) -> Void
    ) {
        pool.forEachRange(of: columns, size: columnPiece) { piece in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * columnPiece) { sums in
                sums.initialize(repeating: 0)
                if let start = sums.baseAddress { body(piece, start) }
            }
        }
    }
}
