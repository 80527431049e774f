import Tensors

extension Variable {
    /// The same elements for each sequence of a batch.
    ///
    ///     y[b] = x
    ///     dx = Σ dy[b]
    ///
    /// - Parameter sequences: B, how many.
    /// - Returns: `[B, N, C]`, for a receiver of shape `[N, C]`; one axis more for any other.
    public func repeatedOverBatch(_ sequences: Int) -> Variable {
        precondition(sequences > 0, "\(shape) for \(sequences) sequences")
        let x = self, pool = tape.pool
        return tape.record([sequences, count], from: [x]) { y in
            y.fill(0)
            Kernel.addRow(x.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.sumRows(of: dy, to: &dx, adding: adding, on: pool)
            }
        }.reshaped(to: [sequences] + shape)
    }
}
