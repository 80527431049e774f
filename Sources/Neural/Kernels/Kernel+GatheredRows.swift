import Tensors

extension Kernel {
    /// Sets row i of `y` to row `indices[i]` of `x`.
    static func gatherRows(_ indices: Tensor, of x: Tensor, to y: inout Tensor) {
        let (rows, columns) = (x.rows, x.columns)
        precondition(y.count == indices.count * columns)
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                for (i, index) in indices.elements.enumerated() {
                    let row = Self.row(index, of: rows)
                    (y + i * columns).update(from: x + row * columns, count: columns)
                }
            }
        }
    }

    /// Adds row i of `dy` to row `indices[i]` of `dx`, in their order.
    static func addScatteredRows(_ dy: Tensor, _ indices: Tensor, to dx: inout Tensor) {
        let (rows, columns) = (dx.rows, dx.columns)
        precondition(dy.count == indices.count * columns)
        dx.withSharedElements { dx in
            withConstantElements(of: dy) { dy in
                for (i, index) in indices.elements.enumerated() {
                    let source = dy + i * columns
                    let target = dx + Self.row(index, of: rows) * columns
                    for c in 0..<columns { target[c] += source[c] }
                }
            }
        }
    }

    private static func row(_ index: Float, of rows: Int) -> Int {
        guard let row = Int(exactly: index), 0..<rows ~= row else {
            preconditionFailure("row \(index) of \(rows)")
        }
        return row
    }
}
