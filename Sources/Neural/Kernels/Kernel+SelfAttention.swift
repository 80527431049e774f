import CKernels

extension Kernel {
    /// Queries whose scores are held at once.
    static let attentionPanel = 128

    /// Attention of one sequence, `qkv` `[tokens, 3 · features]`, head by head and panel by panel.
    static func selfAttention(
        _ qkv: UnsafePointer<Float>, tokens: Int, features: Int, heads: Int,
        to output: UnsafeMutablePointer<Float>, scores: UnsafeMutablePointer<Float>
    ) {
        let width = features / heads, stride = 3 * features
        let scale = 1 / Float(width).squareRoot()
        for head in 0..<heads {
            let first = qkv + head * width
            let keys = MatrixView(first + features, tokens, width, stride: stride)
            let values = MatrixView(first + 2 * features, tokens, width, stride: stride)
            for token in Swift.stride(from: 0, to: tokens, by: attentionPanel) {
                let rows = min(attentionPanel, tokens - token)
                let queries = MatrixView(first + token * stride, rows, width, stride: stride)
                multiply(queries, keys.transposed, to: scores, stride: tokens)
                avprep_softmax(scores, rows, tokens, scale)
                multiply(
                    MatrixView(scores, rows, tokens, stride: tokens), values,
                    to: output + token * features + head * width, stride: features)
            }
        }
    }
}
