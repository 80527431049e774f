import CKernels

extension Kernel {
    /// Queries whose scores are held at once.
    static let attentionPanel = 128

    /// Scores of some queries of one head with all keys of a sequence, `qkv` `[tokens, 3 · features]`.
    static func scores(
        of queries: Range<Int>, _ qkv: UnsafePointer<Float>, tokens: Int, features: Int,
        headWidth: Int, head: Int, scale: Float, to scores: UnsafeMutablePointer<Float>
    ) {
        let stride = 3 * features, first = qkv + head * headWidth
        let keys = MatrixView(first + features, tokens, headWidth, stride: stride)
        let rows = MatrixView(
            first + queries.lowerBound * stride, queries.count, headWidth, stride: stride)
        multiply(rows, keys.transposed, times: scale, to: scores, stride: tokens)
    }

    /// The values of one head mixed by the softmax of its scores, `output` `[tokens, features]`.
    static func mix(
        _ queries: Range<Int>, _ qkv: UnsafePointer<Float>, tokens: Int, features: Int,
        headWidth: Int, head: Int, scores: UnsafeMutablePointer<Float>,
        to output: UnsafeMutablePointer<Float>
    ) {
        let values = MatrixView(
            qkv + 2 * features + head * headWidth, tokens, headWidth, stride: 3 * features)
        avprep_softmax(scores, queries.count, tokens, 1)
        multiply(
            MatrixView(scores, queries.count, tokens, stride: tokens), values,
            to: output + queries.lowerBound * features + head * headWidth, stride: features)
    }
}
