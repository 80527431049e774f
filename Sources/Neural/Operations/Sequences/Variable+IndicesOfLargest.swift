import Tensors

extension Variable {
    /// Which columns of each row are the largest, from the largest down.
    ///
    /// Of equal elements the earlier ones are taken. Numbers are not differentiated: no gradient flows
    /// through them.
    ///
    /// - Parameter k: How many, at most C.
    /// - Returns: Whole numbers, `[..., k]`, for a receiver of shape `[..., C]`.
    public func indicesOfLargest(_ k: Int) -> Variable {
        precondition(1...columns ~= k, "the \(k) largest of \(columns)")
        let x = detached(), width = columns
        return tape.record(shape.dropLast() + [k], from: [x]) { y in
            let elements = x.value.elements
            for row in 0..<x.rows {
                for place in row * k..<(row + 1) * k {
                    var best = -1
                    for column in 0..<width {
                        let isTaken = y.elements[row * k..<place].contains(Float(column))
                        guard !isTaken else { continue }
                        if best < 0 || elements[row * width + column] > elements[row * width + best]
                        {
                            best = column
                        }
                    }
                    y.elements[place] = Float(best)
                }
            }
        } pullback: { _, _ in
        }
    }
}
