public import Neural
import Tensors

/// A stream on its way through the blocks that run in the trainer.
public struct SuffixRun {
    public let suffix: FrozenSuffix

    /// The state that enters ``block``, or the output of the last block, `[B, N, C]`.
    public var state: Variable

    /// The block that comes next; the depth after the last.
    public private(set) var block: Int

    /// How many tokens each sequence has, `[B]`; nil if all have as many.
    public private(set) var lengths: Variable?

    /// What is added to norms and biases by block, and to the final norm.
    public var changes: [Int: BlockChange] = [:]
    public var finalChange = NormChange()

    /// Tokens that a method has put into the stream.
    private var inserted = 0

    /// Whether all tokens of the final state are read, not only what stands for the whole.
    public var keepsTokens = false

    public var shape: StreamShape { suffix.shape }

    /// Begins with the state that enters the suffix's first block.
    public init(_ suffix: FrozenSuffix, _ state: Variable, lengths: Variable? = nil) {
        (self.suffix, self.state, self.lengths) = (suffix, state, lengths)
        block = suffix.first
    }

    /// The class token or what takes its place, `[B, C]`.
    public func pooled(_ x: Variable) -> Variable { shape.pooling(x, lengths: lengths) }

    /// The mid state of the next block.
    public func attended(_ hooks: AttentionHooks = AttentionHooks()) -> Variable {
        var hooks = hooks
        if let change = changes[block] { hooks.change = change }
        return next.attended(state, hooks, lengths: lengths)
    }

    /// What the next block makes of its mid state.
    public func fed(_ y: Variable, _ hooks: FeedForwardHooks = FeedForwardHooks()) -> Variable {
        var hooks = hooks
        if let change = changes[block] { hooks.change = change }
        return next.fed(y, hooks)
    }

    /// Of the next block's mid state the tokens that count after it: after the last block those alone
    /// that are pooled, where these come first.
    ///
    /// A feed-forward network maps rows by themselves, so the others need not pass it.
    public func needed(_ y: Variable) -> Variable {
        let tokens = shape.pooling.tokens(of: y.shape[1])
        guard block + 1 == shape.depth, !keepsTokens, tokens.lowerBound == 0,
            tokens.count < y.shape[1]
        else { return y }
        return y.tokens(tokens)
    }

    /// Leaves the next block behind, with what is in the stream after it.
    public mutating func leave(with x: Variable) {
        block += 1
        guard block == shape.depth else {
            state = next.entered(from: x, plus: changes[block]?.merging ?? NormChange())
            return
        }
        state = x
        if inserted > 0 { dropInserted() }
    }

    /// Runs blocks as they are until `end` is the next.
    public mutating func run(
        to end: Int, hooks: (_ block: Int) -> AttentionHooks = { _ in AttentionHooks() },
        feedForward: (_ block: Int) -> FeedForwardHooks = { _ in FeedForwardHooks() }
    ) {
        while block < end { leave(with: fed(attended(hooks(block)), feedForward(block))) }
    }

    /// Runs all blocks that are left, of the last only what is read.
    ///
    /// - Returns: The pooled final state, `[B, C]`.
    public mutating func finish(
        hooks: (_ block: Int) -> AttentionHooks = { _ in AttentionHooks() },
        feedForward: (_ block: Int) -> FeedForwardHooks = { _ in FeedForwardHooks() }
    ) -> Variable {
        run(to: max(block, shape.depth - 1), hooks: hooks, feedForward: feedForward)
        if block < shape.depth {
            leave(with: fed(needed(attended(hooks(block))), feedForward(block)))
        }
        return final()
    }

    /// The pooled final state, `[B, C]`, after all blocks have run.
    public func final() -> Variable {
        precondition(block == shape.depth, "block \(block) of \(shape.depth) has not run")
        guard let norm = suffix.finalNorm else { return pooled(state) }
        // A norm of rows may wait until there is one row, unless rows are averaged.
        guard case .row = shape.pooling else {
            return pooled(state.frozenLayerNorm(norm, plus: finalChange))
        }
        return pooled(state).frozenLayerNorm(norm, plus: finalChange)
    }

    /// All tokens after the final norm, `[B, N, C]`, after all blocks have run.
    public func tokens() -> Variable {
        precondition(block == shape.depth && keepsTokens, "tokens of block \(block) are not kept")
        return suffix.finalNorm.map { state.frozenLayerNorm($0, plus: finalChange) } ?? state
    }

    /// The final norm of the mean of the patches, `[B, C]`, after all blocks have run.
    ///
    /// It is ``final()`` of a backbone that has no class token.
    public func finalOfPatches() -> Variable {
        guard shape.pooling.firstPatch > 0, let norm = suffix.finalNorm else { return final() }
        return state.tokens(shape.patches(of: state.shape[1])).meanOverTokens()
            .frozenLayerNorm(norm, plus: finalChange)
    }

    private var next: any TapedBlock { suffix.blocks[block - suffix.first] }

    /// Puts tokens into the stream, `[P, C]`, the same for all inputs: behind the class token, or before
    /// all where there is none.
    ///
    /// They are carried as tokens, seen by all others, and dropped behind the last block: what reads
    /// the final state does not meet them.
    ///
    /// - Precondition: There are none yet.
    public mutating func insert(_ rows: Variable) {
        precondition(inserted == 0 && rows.shape.count == 2, "\(rows.shape) after \(inserted)")
        guard block < shape.depth else { return }
        let first = shape.pooling.firstPatch, count = state.shape[1]
        let tokens = rows.repeatedOverBatch(state.shape[0])
        let rest = state.tokens(first..<count)
        let joined = tokens.concatenatedTokens(with: rest)
        state = first > 0 ? state.tokens(0..<first).concatenatedTokens(with: joined) : joined
        inserted = rows.shape[0]
        lengths = lengths.map { $0.addingToRows(shift(of: $0, by: inserted)) }
    }

    private mutating func dropInserted() {
        let first = shape.pooling.firstPatch, count = state.shape[1]
        // Of the last block only what comes first may have been computed.
        if first < count {
            let rest = state.tokens(first + inserted..<count)
            state = first > 0 ? state.tokens(0..<first).concatenatedTokens(with: rest) : rest
        }
        lengths = lengths.map { $0.addingToRows(shift(of: $0, by: -inserted)) }
        inserted = 0
    }

    private func shift(of lengths: Variable, by tokens: Int) -> Variable {
        lengths.tape.constant(Tensor(repeating: Float(tokens), shape: lengths.shape))
    }
}
