import CKernels
import COpenBLAS

extension Kernel {
    /// Queries whose scores are held at once.
    static let attentionPanel = 128

    /// Attention of one sequence, `qkv` `[tokens, 3 · features]`, head by head and panel by panel.
    static func selfAttention(
        _ qkv: UnsafePointer<Float>, tokens: Int, features: Int, heads: Int,
        to output: UnsafeMutablePointer<Float>, scores: UnsafeMutablePointer<Float>
    ) {
        NumericLibraries.prepareThread()
        let width = features / heads, stride = Int32(3 * features)
        let scale = 1 / Float(width).squareRoot()
        for head in 0..<heads {
            let queries = qkv + head * width
            let keys = queries + features, values = keys + features
            for first in Swift.stride(from: 0, to: tokens, by: attentionPanel) {
                let rows = min(attentionPanel, tokens - first)
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans,
                    Int32(rows), Int32(tokens), Int32(width),
                    1, queries + first * 3 * features, stride, keys, stride,
                    0, scores, Int32(tokens))
                avprep_softmax(scores, rows, tokens, scale)
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasNoTrans,
                    Int32(rows), Int32(width), Int32(tokens),
                    1, scores, Int32(tokens), values, stride,
                    0, output + first * features + head * width, Int32(features))
            }
        }
    }
}
