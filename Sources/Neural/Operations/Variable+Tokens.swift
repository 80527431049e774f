import Tensors

extension Variable {
    /// Tokens of a range, from each sequence of the batch.
    ///
    ///     y[b, t] = x[b, first + t]
    ///     dx = dy at these tokens
    ///
    /// - Returns: `[B, range.count, C]`, for a receiver of shape `[B, T, C]`.
    public func tokens(_ range: Range<Int>) -> Variable {
        let x = self, width = value.columns
        precondition(shape.count == 3 && range.upperBound <= shape[1], "\(range) of \(shape)")
        let columns = range.lowerBound * width..<range.upperBound * width
        let sequences = x.reshaped(to: [shape[0], shape[1] * width])
        return sequences.columns(columns).reshaped(to: [shape[0], range.count, width])
    }

    /// One token of each sequence of the batch.
    ///
    /// - Returns: `[B, C]`, for a receiver of shape `[B, T, C]`.
    public func token(at index: Int) -> Variable {
        tokens(index..<index + 1).reshaped(to: [shape[0], value.columns])
    }

    /// Columns of each row.
    ///
    ///     y[..., c] = x[..., first + c]
    ///     dx = dy at these columns
    ///
    /// - Returns: `[..., range.count]`, for a receiver of shape `[..., C]`.
    public func columns(_ range: Range<Int>) -> Variable {
        let x = self
        var y = Tensor(shape: shape.dropLast() + [range.count])
        Kernel.addColumns(range, of: x.value, at: 0, to: &y)
        return tape.record(y, from: x) { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.addColumns(0..<range.count, of: dy, at: range.lowerBound, to: &$0)
            }
        }
    }
}
