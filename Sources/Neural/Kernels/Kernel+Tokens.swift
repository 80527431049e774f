import Tensors

extension Kernel {
    /// Adds `scale` times the sum over tokens of `x`, `[B, T, C]`, to `y`, `[B, C]`.
    static func addTokens(of x: Tensor, times scale: Float, to y: inout Tensor) {
        precondition(y.shape == [x.shape[0], x.shape[2]])
        let (tokens, columns) = (x.shape[1], x.shape[2])
        for row in 0..<x.rows {
            let sequence = row / tokens * columns
            for c in 0..<columns {
                y.elements[sequence + c] += scale * x.elements[row * columns + c]
            }
        }
    }

    /// Adds `scale` times `x`, `[B, C]`, to every token of `y`, `[B, T, C]`.
    static func addToTokens(_ x: Tensor, times scale: Float, to y: inout Tensor) {
        precondition(x.shape == [y.shape[0], y.shape[2]])
        let (tokens, columns) = (y.shape[1], y.shape[2])
        for row in 0..<y.rows {
            let sequence = row / tokens * columns
            for c in 0..<columns {
                y.elements[row * columns + c] += scale * x.elements[sequence + c]
            }
        }
    }
}
