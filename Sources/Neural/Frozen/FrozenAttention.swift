public import Tensors

/// Multi-head self-attention of sequences that do not see each other, on the calling thread.
///
///     S = s_h · Q Kᵀ + bias_h + mask,   P = softmax(S) by rows,   output = P V,   for each head h
///
/// Sequences are images, texts, or the windows of an image. Scores are computed for a panel of queries
/// at a time, so that they stay in the cache whatever the length of a sequence.
///
/// Sources: Vaswani et al., *Attention Is All You Need*, 2017 (arXiv:1706.03762), eq. 1; with biases Liu
/// et al., *Swin Transformer*, 2021 (arXiv:2103.14030), eq. 4; with cosines Liu et al., *Swin
/// Transformer V2*, 2022 (arXiv:2111.09883), eq. 2.
public struct FrozenAttention: Sendable {
    /// How many heads, and the width `d` of each.
    public let heads: Int
    public let headWidth: Int

    /// The factor of each head's scores, 1/√d unless said otherwise.
    public var scales: [Float]

    /// Whether queries and keys are divided by their Euclidean lengths, which are at least 1e-12.
    public var isCosine = false

    /// Whether a query sees only the keys up to its own.
    public var isCausal = false

    /// Added to the scores, `[heads, N, N]`: for each head, by query and key.
    public var bias: Tensor?

    /// Added to the scores of all heads, `[patterns, N, N]`; see `patterns` of `apply`.
    public var masks: Tensor?

    public init(heads: Int, headWidth: Int) {
        self.heads = heads
        self.headWidth = headWidth
        scales = Array(repeating: 1 / Float(headWidth).squareRoot(), count: heads)
    }

    /// Width of a row of queries, of keys, of values, and of the output.
    public var width: Int { heads * headWidth }

    /// Attends.
    ///
    /// - Parameters:
    ///   - qkv: `[sequences · N, 3 · heads · d]`: of each token its queries, keys and values, and in
    ///     each of these the heads side by side.
    ///   - sequences: How many there are, all of the same length.
    ///   - patterns: For each sequence its mask among `masks`; none if there are no masks.
    ///   - output: Becomes `[sequences · N, heads · d]`; heads side by side.
    ///   - workspace: That of the calling thread.
    public func apply(
        _ qkv: Activations, sequences: Int = 1, patterns: [Int] = [], to output: Activations,
        in workspace: Workspace
    ) {
        precondition(qkv.columns == 3 * width && qkv.rows % sequences == 0)
        precondition(patterns.count == (masks == nil ? 0 : sequences))
        let tokens = qkv.rows / sequences
        precondition(bias.map { $0.shape == [heads, tokens, tokens] } ?? true)
        precondition(masks.map { $0.shape.dropFirst() == [tokens, tokens] } ?? true)
        output.resize(rows: qkv.rows, columns: width)
        if isCosine { normalise(qkv) }
        workspace.reserveScores(Kernel.attentionPanel * tokens)
        for sequence in 0..<sequences {
            for head in 0..<heads {
                for first in stride(from: 0, to: tokens, by: Kernel.attentionPanel) {
                    let queries = first..<min(first + Kernel.attentionPanel, tokens)
                    qkv.values.withUnsafeBufferPointer { rows in
                        Kernel.scores(
                            of: queries, rows.baseAddress! + sequence * tokens * 3 * width,
                            tokens: tokens, features: width, headWidth: headWidth, head: head,
                            scale: scales[head], to: &workspace.scores)
                    }
                    if bias != nil || masks != nil || isCausal {
                        adjust(
                            &workspace.scores, queries, tokens, head: head,
                            pattern: patterns.isEmpty ? nil : patterns[sequence])
                    }
                    qkv.values.withUnsafeBufferPointer { rows in
                        output.values.withUnsafeMutableBufferPointer { output in
                            Kernel.mix(
                                queries, rows.baseAddress! + sequence * tokens * 3 * width,
                                tokens: tokens, features: width, headWidth: headWidth, head: head,
                                scores: &workspace.scores,
                                to: output.baseAddress! + sequence * tokens * width)
                        }
                    }
                }
            }
        }
    }

    private func adjust(
        _ scores: inout [Float], _ queries: Range<Int>, _ tokens: Int, head: Int, pattern: Int?
    ) {
        for query in queries {
            let row = (query - queries.lowerBound) * tokens
            for key in 0..<tokens {
                if let bias {
                    scores[row + key] += bias.elements[(head * tokens + query) * tokens + key]
                }
                if let masks, let pattern {
                    scores[row + key] += masks.elements[(pattern * tokens + query) * tokens + key]
                }
                if isCausal, key > query { scores[row + key] = -.infinity }
            }
        }
    }

    /// Divides queries and keys by their lengths.
    private func normalise(_ qkv: Activations) {
        for row in 0..<qkv.rows {
            for head in 0..<2 * heads {
                let start = row * qkv.columns + head * headWidth
                var squares: Float = 0
                for i in start..<start + headWidth { squares += qkv.values[i] * qkv.values[i] }
                let factor = 1 / max(squares.squareRoot(), 1e-12)
                for i in start..<start + headWidth { qkv.values[i] *= factor }
            }
        }
    }
}
