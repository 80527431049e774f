import Neural
import Tensors

/// A block of a plain encoder on a tape; see ``EncoderBlock``.
struct TapedEncoderBlock: TapedBlock {
    let block: EncoderBlock
    let norms: EncoderBlock.NormPlacement
    let attention: FrozenAttention

    var width: Int { block.projection.outputs }

    func attended(_ x: Variable, _ hooks: AttentionHooks, lengths: Variable?) -> Variable {
        let qkv = hooks.projected(normed(x), by: block.qkv)
        let prompts = hooks.prompts?.rows(for: x.shape[0]) {
            hooks.projected(normed($0), by: block.qkv)
        }
        let mixed = qkv.frozenAttention(attention, lengths: lengths, prompts: prompts)
        let y = x + mixed.frozenLinear(block.projection)
        return norms == .after ? y.frozenLayerNorm(block.norm1) : y
    }

    func fed(_ y: Variable) -> Variable {
        let input = norms == .before ? y.frozenLayerNorm(block.norm2) : y
        let x = y + block.feedForward(input)
        return norms == .after ? x.frozenLayerNorm(block.norm2) : x
    }

    /// What the attention reads.
    private func normed(_ x: Variable) -> Variable {
        norms == .before ? x.frozenLayerNorm(block.norm1) : x
    }
}
