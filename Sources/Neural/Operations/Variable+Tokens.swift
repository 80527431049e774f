import Tensors

extension Variable {
    /// Tokens of a range, from each sequence of the batch.
    ///
    ///     y[b, t] = x[b, first + t]
    ///     dx = dy at these tokens
    ///
    /// - Returns: `[B, range.count, C]`, for a receiver of shape `[B, T, C]`.
    public func tokens(_ range: Range<Int>) -> Variable {
        let x = self, width = columns
        precondition(shape.count == 3 && range.upperBound <= shape[1], "\(range) of \(shape)")
        let part = range.lowerBound * width..<range.upperBound * width
        let sequences = x.reshaped(to: [shape[0], shape[1] * width])
        return sequences.columns(part).reshaped(to: [shape[0], range.count, width])
    }

    /// One token of each sequence of the batch.
    ///
    /// - Returns: `[B, C]`, for a receiver of shape `[B, T, C]`.
    public func token(at index: Int) -> Variable {
        tokens(index..<index + 1).reshaped(to: [shape[0], columns])
    }

    /// Columns of each row.
    ///
    ///     y[..., c] = x[..., first + c]
    ///     dx = dy at these columns
    ///
    /// - Returns: `[..., range.count]`, for a receiver of shape `[..., C]`.
    public func columns(_ range: Range<Int>) -> Variable {
        let x = self
        return tape.record(shape.dropLast() + [range.count], from: [x]) { y in
            Kernel.columns(range, of: x.value, at: 0, to: &y, adding: false)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.columns(
                    0..<range.count, of: dy, at: range.lowerBound, to: &$0, adding: true)
            }
        }
    }
}
