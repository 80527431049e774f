import Neural
import Tensors

/// One block of a plain transformer encoder: attention, then a feed-forward network.
///
///     before:  Y = X + MHSA(LN1 X),   X⁺ = Y + FFN(LN2 Y)
///     after:   Y = LN1(X + MHSA X),   X⁺ = LN2(Y + FFN Y)
///
/// A layer scale is part of the weights of `projection` and of the feed-forward network's last map.
///
/// Sources: Vaswani et al., *Attention Is All You Need*, 2017 (arXiv:1706.03762); with norms before,
/// Dosovitskiy et al., *An Image is Worth 16x16 Words*, 2021 (arXiv:2010.11929), eq. 2–3.
struct EncoderBlock: Sendable {
    /// Where the norms are.
    enum NormPlacement: String, Sendable, Codable {
        case before
        case after
    }

    let norm1: FrozenLayerNorm
    let qkv: FrozenLinear
    let projection: FrozenLinear
    let norm2: FrozenLayerNorm
    let feedForward: FeedForward

    /// Replaces the residual stream `x`, `[N, C]`.
    func apply(
        to x: inout Tensor, _ norms: NormPlacement, _ attention: FrozenAttention,
        _ scratch: EncoderScratch
    ) {
        switch norms {
        case .before: norm1.apply(x, to: scratch.normalised)
        case .after: scratch.normalised.load(x)
        }
        qkv.apply(scratch.normalised, to: scratch.qkv, in: scratch.workspace)
        attention.apply(scratch.qkv, to: scratch.mixed, in: scratch.workspace)
        projection.add(scratch.mixed, to: &x, in: scratch.workspace)

        switch norms {
        case .before: norm2.apply(x, to: scratch.normalised)
        case .after:
            norm1.apply(to: &x)
            scratch.normalised.load(x)
        }
        feedForward.add(scratch.normalised, to: &x, scratch)
        if norms == .after { norm2.apply(to: &x) }
    }
}

/// Memory of one worker for blocks of an encoder.
final class EncoderScratch {
    let normalised: Activations
    let qkv: Activations
    let mixed: Activations
    let hidden: Activations

    /// The two factors of a gated feed-forward network's hidden layer, `[N, hidden]`.
    var gate = Tensor(shape: [0, 0])
    var gated = Tensor(shape: [0, 0])

    let workspace = Workspace()

    init(_ compute: ComputeType) {
        normalised = Activations(compute)
        qkv = Activations(compute)
        mixed = Activations(compute)
        hidden = Activations(compute)
    }
}
