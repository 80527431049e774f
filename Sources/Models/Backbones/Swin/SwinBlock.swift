import Neural
import Tensors

/// One block of a Swin Transformer: attention within windows, then a feed-forward network.
///
///     before:    Y = X + W-MSA(LN1 X),     X⁺ = Y + FFN(LN2 Y)         Swin, HTS-AT
///     residual:  Y = X + LN1(W-MSA X),     X⁺ = Y + LN2(FFN Y)         Swin V2
///
/// Sources: Liu et al., *Swin Transformer*, 2021 (arXiv:2103.14030), eq. 3; *Swin Transformer V2*,
/// 2022 (arXiv:2111.09883), figure 1.
struct SwinBlock: Sendable {
    /// Where the norms are.
    enum NormPlacement: Sendable {
        case before
        case residual
    }

    let norms: NormPlacement
    let norm1: FrozenLayerNorm
    let qkv: FrozenLinear

    /// Heads, scales, and whether scores are cosines; without a bias, which depends on the windows.
    let attention: FrozenAttention
    let positions: PositionBias
    let projection: FrozenLinear
    let norm2: FrozenLayerNorm

    /// `[C → hidden]`, with its activation, and back.
    let expansion: FrozenLinear
    let contraction: FrozenLinear

    /// Replaces the residual stream of a stage.
    func apply(to memory: SwinStageMemory, _ windows: SwinPlan.Windows, _ scratch: EncoderScratch) {
        switch norms {
        case .before: norm1.apply(memory.x, rows: windows.order, to: scratch.normalised)
        case .residual: scratch.normalised.load(memory.x, rows: windows.order)
        }
        qkv.apply(scratch.normalised, to: scratch.qkv, in: scratch.workspace)
        windows.attention.apply(
            scratch.qkv, sequences: windows.count, patterns: windows.patterns, to: scratch.mixed,
            in: scratch.workspace)
        projection.apply(scratch.mixed, to: &memory.windows, in: scratch.workspace)
        switch norms {
        case .before:
            memory.x.addRows(of: memory.windows, to: windows.order)
            norm2.apply(memory.x, to: scratch.normalised)
            expansion.apply(scratch.normalised, to: scratch.hidden, in: scratch.workspace)
            contraction.add(scratch.hidden, to: &memory.x, in: scratch.workspace)
        case .residual:
            norm1.add(memory.windows, to: &memory.x, rows: windows.order)
            scratch.normalised.load(memory.x)
            expansion.apply(scratch.normalised, to: scratch.hidden, in: scratch.workspace)
            contraction.apply(scratch.hidden, to: &memory.branch, in: scratch.workspace)
            norm2.add(memory.branch, to: &memory.x)
        }
    }
}

/// A stage of a Swin Transformer: blocks on maps of one size.
struct SwinStage: Sendable {
    /// How its map is made of that of the stage before; nil for the first stage.
    let merging: PatchMerging?

    let blocks: [SwinBlock]
}
