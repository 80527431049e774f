public import Neural

/// A stream on its way through the blocks that run in the trainer.
public struct SuffixRun {
    public let suffix: FrozenSuffix

    /// The state that enters ``block``, or the output of the last block, `[B, N, C]`.
    public var state: Variable

    /// The block that comes next; the depth after the last.
    public private(set) var block: Int

    /// How many tokens each sequence has, `[B]`; nil if all have as many.
    public let lengths: Variable?

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
        next.attended(state, hooks, lengths: lengths)
    }

    /// What the next block makes of its mid state.
    public func fed(_ y: Variable) -> Variable { next.fed(y) }

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
        state = block < shape.depth ? next.entered(from: x) : x
    }

    /// Runs blocks as they are until `end` is the next.
    public mutating func run(
        to end: Int, hooks: (_ block: Int) -> AttentionHooks = { _ in AttentionHooks() }
    ) {
        while block < end { leave(with: fed(attended(hooks(block)))) }
    }

    /// Runs all blocks that are left, of the last only what is read.
    ///
    /// - Returns: The pooled final state, `[B, C]`.
    public mutating func finish(
        hooks: (_ block: Int) -> AttentionHooks = { _ in AttentionHooks() }
    ) -> Variable {
        run(to: max(block, shape.depth - 1), hooks: hooks)
        if block < shape.depth { leave(with: fed(needed(attended(hooks(block))))) }
        return final()
    }

    /// The pooled final state, `[B, C]`, after all blocks have run.
    public func final() -> Variable {
        precondition(block == shape.depth, "block \(block) of \(shape.depth) has not run")
        guard let norm = suffix.finalNorm else { return pooled(state) }
        // A norm of rows may wait until there is one row, unless rows are averaged.
        guard case .row = shape.pooling else { return pooled(state.frozenLayerNorm(norm)) }
        return pooled(state).frozenLayerNorm(norm)
    }

    /// All tokens after the final norm, `[B, N, C]`, after all blocks have run.
    public func tokens() -> Variable {
        precondition(block == shape.depth && keepsTokens, "tokens of block \(block) are not kept")
        return suffix.finalNorm.map { state.frozenLayerNorm($0) } ?? state
    }

    /// The final norm of the mean of the patches, `[B, C]`, after all blocks have run.
    ///
    /// It is ``final()`` of a backbone that has no class token.
    public func finalOfPatches() -> Variable {
        guard shape.pooling.firstPatch > 0, let norm = suffix.finalNorm else { return final() }
        return state.tokens(shape.patches(of: state.shape[1])).meanOverTokens()
            .frozenLayerNorm(norm)
    }

    private var next: any TapedBlock { suffix.blocks[block - suffix.first] }
}
