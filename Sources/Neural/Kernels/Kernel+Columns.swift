import Tensors

extension Kernel {
    /// Adds some columns of `x` to as many of `y`, which begin at `first`; rows correspond.
    static func addColumns(
        _ columns: Range<Int>, of x: Tensor, at first: Int, to y: inout Tensor
    ) {
        precondition(x.rows == y.rows && columns.upperBound <= x.columns)
        precondition(first + columns.count <= y.columns)
        let (rows, from, to) = (x.rows, x.columns, y.columns)
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                for row in 0..<rows {
                    let source = x + (row * from + columns.lowerBound)
                    let target = y + (row * to + first)
                    for c in 0..<columns.count { target[c] += source[c] }
                }
            }
        }
    }
}
