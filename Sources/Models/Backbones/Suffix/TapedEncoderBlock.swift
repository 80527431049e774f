import Neural
import Tensors

/// A block of a plain encoder on a tape; see ``EncoderBlock``.
struct TapedEncoderBlock: TapedBlock {
    let block: EncoderBlock
    let norms: EncoderBlock.NormPlacement
    let attention: FrozenAttention

    var width: Int { block.projection.outputs }

    func attended(_ x: Variable, _ hooks: AttentionHooks, lengths: Variable?) -> Variable {
        let change = hooks.change
        func normed(_ x: Variable) -> Variable {
            norms == .before ? x.frozenLayerNorm(block.norm1, plus: change.norm1) : x
        }
        let qkv = hooks.projected(normed(x), by: block.qkv)
        let prompts = hooks.prompts?.rows(for: x.shape[0]) {
            hooks.projected(normed($0), by: block.qkv)
        }
        let mixed = qkv.frozenAttention(attention, lengths: lengths, prompts: prompts)
        let output = mixed.frozenLinear(block.projection, plus: change.projection)
        let y = x + hooks.branched(output)
        return norms == .after ? y.frozenLayerNorm(block.norm1, plus: change.norm1) : y
    }

    func fed(_ y: Variable, _ hooks: FeedForwardHooks) -> Variable {
        let change = hooks.change
        let input = norms == .before ? y.frozenLayerNorm(block.norm2, plus: change.norm2) : y
        let x = y + hooks.branched(block.feedForward(input, plus: change))
        return norms == .after ? x.frozenLayerNorm(block.norm2, plus: change.norm2) : x
    }
}
