import Neural
import Tensors

/// A block of a Swin Transformer on a tape, for maps of one size; see ``SwinBlock``.
///
/// Prompts are the same in all windows, before their tokens, with neither position bias nor mask.
struct TapedSwinBlock: TapedBlock {
    let block: SwinBlock
    let windows: SwinPlan.Windows

    /// Tokens of the map, and for each the row of the windows that it is.
    let tokens: Int
    let home: [Int]

    /// How the map is made of that of the stage before; nil but for the first block of a stage.
    let merging: (merging: PatchMerging, order: [Int])?

    var width: Int { block.projection.outputs }

    init(
        _ block: SwinBlock, _ windows: SwinPlan.Windows, tokens: Int,
        merging: (merging: PatchMerging, order: [Int])?
    ) {
        (self.block, self.windows, self.tokens, self.merging) = (block, windows, tokens, merging)
        var home = [Int](repeating: -1, count: tokens)
        for (row, token) in windows.order.enumerated() where token >= 0 { home[token] = row }
        self.home = home
    }

    func entered(from below: Variable, plus change: NormChange) -> Variable {
        guard let (merging, order) = merging else { return below }
        let count = below.shape[0], joined = 4 * below.shape[2]
        let x = below.rows(order, groups: count, as: [count, order.count / 4, joined])
        return merging.isNormFirst
            ? x.frozenLayerNorm(merging.norm, plus: change).frozenLinear(merging.reduction)
            : x.frozenLinear(merging.reduction).frozenLayerNorm(merging.norm, plus: change)
    }

    func attended(_ x: Variable, _ hooks: AttentionHooks, lengths: Variable?) -> Variable {
        let count = x.shape[0], size = windows.order.count / windows.count
        let change = hooks.change
        func normed(_ x: Variable) -> Variable {
            block.norms == .before ? x.frozenLayerNorm(block.norm1, plus: change.norm1) : x
        }
        let rows = normed(x).rows(
            windows.order, groups: count, as: [count * windows.count, size, width])
        let qkv = hooks.projected(rows, by: block.qkv)
        let prompts = hooks.prompts?.rows(for: x.shape[0]) {
            hooks.projected(normed($0), by: block.qkv)
        }
        let mixed = qkv.frozenAttention(
            windows.attention, patterns: windows.patterns, prompts: prompts)
        let output = mixed.frozenLinear(block.projection, plus: change.projection)
        let branch = hooks.branched(output.rows(home, groups: count, as: x.shape))
        return x
            + (block.norms == .residual
                ? branch.frozenLayerNorm(block.norm1, plus: change.norm1) : branch)
    }

    func fed(_ y: Variable, _ hooks: FeedForwardHooks) -> Variable {
        let change = hooks.change
        let input =
            block.norms == .before ? y.frozenLayerNorm(block.norm2, plus: change.norm2) : y
        let branch = hooks.branched(
            input.frozenLinear(block.expansion, plus: change.expansion)
                .frozenLinear(block.contraction, plus: change.contraction))
        return y
            + (block.norms == .residual
                ? branch.frozenLayerNorm(block.norm2, plus: change.norm2) : branch)
    }
}
