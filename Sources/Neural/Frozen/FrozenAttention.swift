import CKernels
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

    /// Instructions to compute with.
    var level = InstructionLevel.highest

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
        precondition(sequences > 0 && qkv.columns == 3 * width && qkv.rows % sequences == 0)
        precondition(patterns.count == (masks == nil ? 0 : sequences))
        precondition(scales.count == heads && qkv !== output)
        let tokens = qkv.rows / sequences
        precondition(bias.map { $0.shape == [heads, tokens, tokens] } ?? true)
        precondition(
            masks.map { masks in
                masks.shape.dropFirst() == [tokens, tokens]
                    && patterns.allSatisfy { 0..<masks.shape[0] ~= $0 }
            } ?? true)
        output.resize(rows: qkv.rows, columns: width)
        qkv.withElements { qkv in
            output.withMutableElements { output in
                bias.withOptionalElements { bias in
                    masks.withOptionalElements { masks in
                        attend(
                            qkv, tokens, sequences, patterns, bias, masks, to: output,
                            workspace.words(avprep_attend_words(level.kernels, tokens, headWidth)))
                    }
                }
            }
        }
    }

    private func attend(
        _ qkv: UnsafePointer<Float>, _ tokens: Int, _ sequences: Int, _ patterns: [Int],
        _ bias: UnsafePointer<Float>?, _ masks: UnsafePointer<Float>?,
        to output: UnsafeMutablePointer<Float>, _ memory: UnsafeMutablePointer<UInt32>
    ) {
        var part = avprep_head()
        part.level = level.kernels
        (part.tokens, part.width) = (tokens, headWidth)
        (part.stride, part.output_stride) = (3 * width, width)
        (part.is_cosine, part.is_causal) = (isCosine ? 1 : 0, isCausal ? 1 : 0)
        for sequence in 0..<sequences {
            if let masks { part.mask = masks + patterns[sequence] * tokens * tokens }
            for head in 0..<heads {
                let first = head * headWidth
                part.queries = qkv + sequence * tokens * 3 * width + first
                part.keys = part.queries + width
                part.values = part.keys + width
                part.output = output + sequence * tokens * width + first
                part.scale = scales[head]
                if let bias { part.bias = bias + head * tokens * tokens }
                avprep_attend(&part, memory)
            }
        }
    }
}

extension Tensor? {
    /// Lends the elements of a tensor, if there is one.
    func withOptionalElements(_ body: (UnsafePointer<Float>?) -> Void) {
        guard let self else { return body(nil) }
        self.elements.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
