import Neural
import Tensors

/// A block of a Swin Transformer on a tape, for maps of one size; see ``SwinBlock``.
///
/// Prompts are the same in all windows, before their tokens, with neither position bias nor mask. So are
/// rows that stand in the stream before the tokens of the map, but these attend, too: what attention makes
/// of them is the mean over the windows. Where a stage begins each is repeated four times along its
/// channels, for the four tokens that become one.
///
/// Source of the latter: Jia et al., *Visual Prompt Tuning*, 2022 (arXiv:2203.12119), as in the authors'
/// code; they do so in Swin V1 alone.
struct TapedSwinBlock: TapedBlock {
    let block: SwinBlock
    let windows: SwinPlan.Windows

    /// Tokens of the map, and for each the row of the windows that it is.
    let tokens: Int
    private let home: [Int]

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
        let leading = below.shape[1] - order.count(where: { $0 >= 0 })
        let rows =
            (0..<leading).flatMap { Array(repeating: $0, count: 4) }
            + order.map { $0 < 0 ? $0 : leading + $0 }
        let x = below.rows(rows, groups: count, as: [count, rows.count / 4, joined])
        return merging.isNormFirst
            ? x.frozenLayerNorm(merging.norm, plus: change).frozenLinear(merging.reduction)
            : x.frozenLinear(merging.reduction).frozenLayerNorm(merging.norm, plus: change)
    }

    func attended(_ x: Variable, _ hooks: AttentionHooks, lengths: Variable?) -> Variable {
        let change = hooks.change, leading = x.shape[1] - tokens
        func normed(_ x: Variable) -> Variable {
            block.norms == .before ? x.frozenLayerNorm(block.norm1, plus: change.norm1) : x
        }
        let qkv = hooks.projected(windowed(normed(x), leading), by: block.qkv)
        let prompts = hooks.prompts?.rows(for: x.shape[0]) {
            hooks.projected(normed($0), by: block.qkv)
        }
        let mixed = qkv.frozenAttention(
            windows.attention.widened(by: leading), patterns: windows.patterns, prompts: prompts)
        let output = mixed.frozenLinear(block.projection, plus: change.projection)
        let branch = hooks.branched(mapped(output, leading, count: x.shape[0]))
        return x
            + (block.norms == .residual
                ? branch.frozenLayerNorm(block.norm1, plus: change.norm1) : branch)
    }

    /// The tokens of each window, `[B · W, P + S, C]`, all behind the P rows that lead the map.
    private func windowed(_ x: Variable, _ leading: Int) -> Variable {
        let size = windows.order.count / windows.count
        let order = (0..<windows.count).flatMap { window in
            Array(0..<leading)
                + windows.order[window * size..<(window + 1) * size].map {
                    $0 < 0 ? $0 : leading + $0
                }
        }
        return x.rows(
            order, groups: x.shape[0], as: [x.shape[0] * windows.count, leading + size, width])
    }

    /// The tokens of the map, `[B, P + N, C]`, behind means over the windows of the rows that lead them.
    private func mapped(_ output: Variable, _ leading: Int, count: Int) -> Variable {
        let size = windows.order.count / windows.count
        let order = home.map { $0 + ($0 / size + 1) * leading }
        let map = output.rows(order, groups: count, as: [count, tokens, width])
        guard leading > 0 else { return map }
        return output.tokens(0..<leading)
            .reshaped(to: [count, windows.count, leading * width]).meanOverTokens()
            .reshaped(to: [count, leading, width]).concatenatedTokens(with: map)
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
