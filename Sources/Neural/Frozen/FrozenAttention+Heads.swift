import CKernels
import Tensors

// Attention on a tape: a worker computes one head of one sequence at a time, with the kernel of the
// frozen pass, so that the bits are the same.

/// One head of one sequence: `keys` rows that are attended to, of which the last `queries` attend.
struct AttendingHead {
    /// Which head it is.
    var head: Int

    /// The sequence's mask among those of the attention; 0 if there are none.
    var pattern: Int

    /// Rows of prompts before those of the sequence.
    var prompts: Int

    /// Tokens of the sequence.
    var tokens: Int

    /// The first token's queries, with its keys and values behind them in the same row.
    var qkv: UnsafePointer<Float>

    /// The same of the first prompt; nil if there are none.
    var promptRows: UnsafePointer<Float>?

    /// Rows that can be attended to.
    var keys: Int { prompts + tokens }
}

extension FrozenAttention {
    /// The same attention where `prompts` tokens stand before the others, for which there is neither
    /// position bias nor mask.
    public func widened(by prompts: Int) -> FrozenAttention {
        guard prompts > 0 else { return self }
        var wide = self
        wide.bias = bias.map { $0.widened(by: prompts) }
        wide.masks = masks.map { $0.widened(by: prompts) }
        return wide
    }

    /// Computes a head's output, `[tokens, d]`, whose rows lie `width` elements apart.
    func apply(
        _ h: AttendingHead, to output: UnsafeMutablePointer<Float>, in workspace: Workspace
    ) {
        let d = headWidth, n = h.keys, stride = 3 * width
        let words = avprep_attend_words(level.kernels, n, d)
        let room = h.prompts > 0 ? 4 * n * d : 0
        let memory = workspace.floats(words + room), joined = memory + words
        var part = avprep_head()
        part.level = level.kernels
        (part.tokens, part.width, part.scale) = (n, d, scales[h.head])
        (part.is_cosine, part.is_causal) = (isCosine ? 1 : 0, isCausal ? 1 : 0)
        withPlaces(h) { bias, mask in
            (part.bias, part.mask) = (bias, mask)
            guard h.prompts > 0 else {
                part.queries = h.qkv + h.head * d
                (part.stride, part.output, part.output_stride) = (stride, output, width)
                part.keys = part.queries + width
                part.values = part.keys + width
                avprep_attend(
                    &part,
                    UnsafeMutableRawPointer(memory)
                        .assumingMemoryBound(to: UInt32.self))
                return
            }
            for row in 0..<n {
                let source = h.row(row, stride: stride) + h.head * d
                for third in 0..<3 {
                    (joined + row * 3 * d + third * d).update(
                        from: source + third * width, count: d)
                }
            }
            part.queries = UnsafePointer(joined)
            part.keys = part.queries + d
            part.values = part.keys + d
            let result = joined + 3 * n * d
            (part.stride, part.output, part.output_stride) = (3 * d, result, d)
            avprep_attend(
                &part,
                UnsafeMutableRawPointer(memory)
                    .assumingMemoryBound(to: UInt32.self))
            for token in 0..<h.tokens {
                (output + token * width).update(from: result + (h.prompts + token) * d, count: d)
            }
        }
    }

    /// Lends the position bias and the mask of a head, `[keys, keys]` each.
    func withPlaces(
        _ h: AttendingHead, _ body: (UnsafePointer<Float>?, UnsafePointer<Float>?) -> Void
    ) {
        let size = h.keys * h.keys
        bias.withOptionalElements { bias in
            masks.withOptionalElements { masks in
                body(bias.map { $0 + h.head * size }, masks.map { $0 + h.pattern * size })
            }
        }
    }
}

extension AttendingHead {
    /// The row of a prompt, or behind these of a token.
    func row(_ row: Int, stride: Int) -> UnsafePointer<Float> {
        guard row < prompts, let promptRows else { return qkv + (row - prompts) * stride }
        return promptRows + row * stride
    }
}

extension Tensor {
    /// Squares `[..., N, N]` with zeros above and to the left.
    fileprivate func widened(by margin: Int) -> Tensor {
        let n = columns, wide = n + margin
        var result = Tensor(shape: [shape[0], wide, wide])
        for square in 0..<shape[0] {
            for row in 0..<n {
                let source = (square * n + row) * n
                let target = (square * wide + margin + row) * wide + margin
                for i in 0..<n { result.elements[target + i] = elements[source + i] }
            }
        }
        return result
    }
}
