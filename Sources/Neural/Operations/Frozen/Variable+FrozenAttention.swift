import Tensors

extension Variable {
    /// Multi-head self-attention as the frozen pass computes it; see ``FrozenAttention``.
    ///
    /// The receiver has of each token its queries, keys and values, `[S, N, 3 · D]`. Prompts are
    /// tokens before those of every sequence, which are attended to and do not attend: what becomes
    /// of them is never read. Without prompts the bits are those of ``FrozenAttention``.
    ///
    /// On the way back scores are computed again, so that no more is kept than the receiver.
    ///
    /// - Parameters:
    ///   - attention: Heads, scales, position bias, masks.
    ///   - patterns: The masks of some sequences; those of all repeat them. None without masks.
    ///   - lengths: How many tokens each sequence has, `[S]`; all N if not given. What follows them is
    ///     not seen, and its output is zero.
    ///   - prompts: Queries, keys and values of prompts, `[P, 3 · D]`; or `[B, P, 3 · D]` where each of B
    ///     equally long parts of the sequences has its own, such as the windows of an image.
    /// - Returns: `[S, N, D]`.
    public func frozenAttention(
        _ attention: FrozenAttention, patterns: [Int] = [], lengths: Variable? = nil,
        prompts: Variable? = nil
    ) -> Variable {
        let x = self, pool = tape.pool
        let operation = SequenceAttention(
            attention, shape: shape, patterns: patterns, prompts: prompts?.shape)
        precondition(lengths == nil || attention.bias == nil && attention.masks == nil)
        let parts = prompts.flatMap { $0.needsGradient ? tape.scratch(operation.parts) : nil }
        return tape.record(operation.output, from: [x] + [prompts, lengths].compactMap { $0 }) {
            y in
            operation.apply(x.value, prompts?.value, lengths?.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            func differentiate(_ dx: SharedElements?) {
                let operands = (x.value, prompts?.value, lengths?.value)
                guard let parts else {
                    return operation.differentiate(dy, operands, dx, nil, on: pool)
                }
                parts.value.withSharedElements {
                    operation.differentiate(dy, operands, dx, $0, on: pool)
                }
            }
            if x.needsGradient {
                cotangents.accumulate(into: x) { $0.withSharedElements { differentiate($0) } }
            } else {
                differentiate(nil)
            }
            if let prompts, let parts {
                cotangents.accumulate(into: prompts) { dprompts in
                    operation.addParts(parts.value, to: &dprompts, on: pool)
                }
            }
        }
    }
}

/// Attention of sequences of one shape.
struct SequenceAttention: Sendable {
    private let attention: FrozenAttention
    private let sequences: Int
    private let tokens: Int
    private let prompts: Int
    private let patterns: [Int]

    /// Sequences that have the same prompts, one after the other.
    private let sharing: Int

    var output: [Int] { [sequences, tokens, attention.width] }

    /// What each sequence adds to the derivative of the prompts.
    var parts: [Int] { [sequences, prompts, 3 * attention.width] }

    init(_ attention: FrozenAttention, shape: [Int], patterns: [Int], prompts promptShape: [Int]?) {
        precondition(shape.count == 3 && shape[2] == 3 * attention.width, "attention of \(shape)")
        precondition(patterns.isEmpty == (attention.masks == nil))
        precondition(patterns.isEmpty || shape[0] % patterns.count == 0)
        (sequences, tokens) = (shape[0], shape[1])
        for places in [attention.bias, attention.masks] {
            precondition(places.map { $0.shape.dropFirst() == [shape[1], shape[1]] } ?? true)
        }
        let sets = promptShape.map { $0.count == 3 ? $0[0] : 1 } ?? 1
        precondition(
            promptShape.map { $0.last == 3 * attention.width && shape[0] % sets == 0 } ?? true,
            "prompts of \(promptShape ?? []) before \(shape)")
        (self.patterns, prompts) = (patterns, promptShape?.dropLast().last ?? 0)
        sharing = shape[0] / sets
        self.attention = attention.widened(by: prompts)
    }

    func apply(
        _ x: Tensor, _ promptRows: Tensor?, _ lengths: Tensor?, to y: inout Tensor,
        on pool: WorkerPool
    ) {
        let width = attention.width
        if lengths != nil { y.elements.withUnsafeMutableBufferPointer { $0.update(repeating: 0) } }
        y.withSharedElements { y in
            withHeads(x, promptRows, lengths, on: pool) { sequence, head in
                Workspaces.shared.withOne {
                    attention.apply(
                        head, to: y + (sequence * tokens * width + head.head * attention.headWidth),
                        in: $0)
                }
            }
        }
    }

    /// Adds to `dx`, and sets `parts`.
    func differentiate(
        _ dy: Tensor, _ operands: (x: Tensor, prompts: Tensor?, lengths: Tensor?),
        _ dx: SharedElements?, _ parts: SharedElements?, on pool: WorkerPool
    ) {
        let width = attention.width
        Kernel.withConstantElements(of: dy) { dy in
            withHeads(operands.x, operands.prompts, operands.lengths, on: pool) { sequence, head in
                let gradient = FrozenAttention.HeadGradient(
                    dy: dy + sequence * tokens * width,
                    dqkv: dx.map { $0 + sequence * tokens * 3 * width },
                    dprompts: parts.map { $0 + sequence * prompts * 3 * width })
                Workspaces.shared.withOne { attention.differentiate(head, gradient, in: $0) }
            }
        }
    }

    /// Adds what each sequence has to the derivative of its prompts, from the first to the last.
    func addParts(_ parts: Tensor, to dprompts: inout Tensor, on pool: WorkerPool) {
        let count = prompts * 3 * attention.width
        dprompts.withSharedElements { sums in
            Kernel.withConstantElements(of: parts) { parts in
                pool.forEach(sequences / sharing) { set in
                    let sums = sums + set * count
                    for sequence in set * sharing..<(set + 1) * sharing {
                        let part = parts + sequence * count
                        for i in 0..<count { sums[i] += part[i] }
                    }
                }
            }
        }
    }

    /// Calls `body` on the pool's threads with each head of each sequence.
    private func withHeads(
        _ x: Tensor, _ promptRows: Tensor?, _ lengths: Tensor?, on pool: WorkerPool,
        _ body: @Sendable (_ sequence: Int, AttendingHead) -> Void
    ) {
        let heads = attention.heads, stride = tokens * 3 * attention.width
        let setStride = prompts * 3 * attention.width
        Kernel.withConstantElements(of: x, promptRows ?? x) { x, rows in
            let promptRows = promptRows == nil ? nil : rows
            pool.forEach(sequences * heads) { index in
                let (sequence, head) = index.quotientAndRemainder(dividingBy: heads)
                let length = lengths.map { Int($0.elements[sequence]) } ?? tokens
                body(
                    sequence,
                    AttendingHead(
                        head: head,
                        pattern: patterns.isEmpty ? 0 : patterns[sequence % patterns.count],
                        prompts: prompts, tokens: min(max(length, 1), tokens),
                        qkv: x + sequence * stride,
                        promptRows: promptRows.map { $0 + sequence / sharing * setStride }))
            }
        }
    }
}
