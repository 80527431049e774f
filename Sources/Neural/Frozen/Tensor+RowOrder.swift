public import Tensors

extension Tensor {
    /// Takes over chosen rows of another tensor, `[..., C]`, one after the other.
    ///
    /// A row of this tensor may hold several of them side by side.
    ///
    /// - Parameters:
    ///   - order: Rows of `x`, `count / C` of them; a negative number stands for a row of zeros.
    ///   - x: `[..., C]`.
    public mutating func copyRows(_ order: [Int], of x: Tensor) {
        let columns = x.columns, rows = x.rows
        precondition(count == order.count * columns && order.allSatisfy { $0 < rows })
        elements.withUnsafeMutableBufferPointer { y in
            x.elements.withUnsafeBufferPointer { x in
                guard var target = y.baseAddress, let source = x.baseAddress else { return }
                for row in order {
                    if row < 0 {
                        target.update(repeating: 0, count: columns)
                    } else {
                        target.update(from: source + row * columns, count: columns)
                    }
                    target += columns
                }
            }
        }
    }

    /// Adds each row of another tensor, `[..., C]`, to a row of this one.
    ///
    /// - Parameters:
    ///   - x: `[order.count, C]`.
    ///   - order: For each row of `x` that of this tensor; a negative number leaves the row out.
    public mutating func addRows(of x: Tensor, to order: [Int]) {
        let columns = x.columns, rows = rows
        precondition(x.rows == order.count && self.columns == columns)
        precondition(order.allSatisfy { $0 < rows })
        elements.withUnsafeMutableBufferPointer { y in
            x.elements.withUnsafeBufferPointer { x in
                guard let target = y.baseAddress, var source = x.baseAddress else { return }
                for row in order {
                    if row >= 0 {
                        let sum = target + row * columns
                        for c in 0..<columns { sum[c] += source[c] }
                    }
                    source += columns
                }
            }
        }
    }
}
