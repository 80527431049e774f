public import Tensors

/// Memory that attention needs beside its operands, for one thread to use again and again.
public struct AttentionScratch: Sendable {
    var scores: [Float] = []

    public init() {}

    /// Makes room for `count` scores.
    mutating func reserve(_ count: Int) {
        if scores.count < count { scores = Array(repeating: 0, count: count) }
    }
}

/// Multi-head self-attention of one sequence, on the calling thread.
///
///     S = Q Kᵀ / √d,   P = softmax(S) by rows,   output = P V,   for each head
///
/// Source: Vaswani et al., *Attention Is All You Need*, 2017 (arXiv:1706.03762), eq. 1.
///
/// Scores are computed for 128 queries at a time, so that they stay in the cache whatever the length
/// of the sequence.
///
/// - Parameters:
///   - qkv: `[N, 3 · D]`: of each token its queries, keys and values, and in each of these the heads
///     side by side, d = D / heads elements each.
///   - heads: How many.
///   - output: `[N, D]`, overwritten; heads side by side.
///   - scratch: Grows to what is needed.
public func selfAttention(
    qkv: Tensor, heads: Int, to output: inout Tensor, scratch: inout AttentionScratch
) {
    let tokens = qkv.rows, features = qkv.columns / 3
    precondition(qkv.columns == 3 * features && features % heads == 0, "\(qkv.shape), \(heads)")
    precondition(output.rows == tokens && output.columns == features)
    scratch.reserve(Kernel.attentionPanel * tokens)
    Kernel.selfAttention(
        qkv.elements, tokens: tokens, features: features, heads: heads,
        to: &output.elements, scores: &scratch.scores)
}

/// Multi-head self-attention of one sequence, `[N, 3 · D]` to `[N, D]`.
public func selfAttention(qkv: Tensor, heads: Int) -> Tensor {
    var output = Tensor(shape: [qkv.rows, qkv.columns / 3]), scratch = AttentionScratch()
    selfAttention(qkv: qkv, heads: heads, to: &output, scratch: &scratch)
    return output
}
