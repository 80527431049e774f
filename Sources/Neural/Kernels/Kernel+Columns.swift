import Tensors

extension Kernel {
    /// Adds some columns of `x` to as many of `y`, which begin at `first`; rows correspond.
    static func addColumns(
        _ columns: Range<Int>, of x: Tensor, at first: Int, to y: inout Tensor
    ) {
        precondition(x.rows == y.rows && columns.upperBound <= x.columns)
        precondition(first + columns.count <= y.columns)
        for row in 0..<x.rows {
            let source = row * x.columns + columns.lowerBound, target = row * y.columns + first
            for c in 0..<columns.count { y.elements[target + c] += x.elements[source + c] }
        }
    }
}
