import Tensors

extension Kernel {
    /// Stores some columns of `x` as `y`'s that begin at `first`, or adds them; rows correspond.
    static func columns(
        _ columns: Range<Int>, of x: Tensor, at first: Int, to y: inout Tensor, adding: Bool
    ) {
        precondition(x.rows == y.rows && columns.upperBound <= x.columns)
        precondition(first + columns.count <= y.columns)
        let (rows, from, to) = (x.rows, x.columns, y.columns)
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                for row in 0..<rows {
                    let source = x + (row * from + columns.lowerBound)
                    let target = y + (row * to + first)
                    if adding {
                        for c in 0..<columns.count { target[c] += source[c] }
                    } else {
                        for c in 0..<columns.count { target[c] = source[c] }
                    }
                }
            }
        }
    }
}
