import Tensors

extension Kernel {
    /// Adds `scale` times the sum over tokens of `x`, `[B, T, C]`, to `y`, `[B, C]`.
    static func addTokens(of x: Tensor, times scale: Float, to y: inout Tensor) {
        precondition(y.rows == x.shape[0] && y.columns == x.columns)
        let (rows, tokens, columns) = (x.rows, x.shape[1], x.shape[2])
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                for row in 0..<rows {
                    let source = x + row * columns, target = y + row / tokens * columns
                    for c in 0..<columns { target[c] += scale * source[c] }
                }
            }
        }
    }

    /// Adds `scale` times `x`, `[B, C]`, to every token of `y`, `[B, T, C]`.
    static func addToTokens(_ x: Tensor, times scale: Float, to y: inout Tensor) {
        precondition(x.rows == y.shape[0] && x.columns == y.columns)
        let (rows, tokens, columns) = (y.rows, y.shape[1], y.shape[2])
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                for row in 0..<rows {
                    let source = x + row / tokens * columns, target = y + row * columns
                    for c in 0..<columns { target[c] += scale * source[c] }
                }
            }
        }
    }
}
