import Neural
import Tensors

/// Makes one token of every 2 × 2, with which a stage begins.
///
///     first:  y = W LN([x₀₀ ; x₁₀ ; x₀₁ ; x₁₁])      Swin, HTS-AT
///     last:   y = LN(W [x₀₀ ; x₁₀ ; x₀₁ ; x₁₁])      Swin V2
///
/// A map with an odd side is padded with zeros, below and to the right.
///
/// Sources: Liu et al., *Swin Transformer*, 2021 (arXiv:2103.14030), section 3.1; *Swin Transformer
/// V2*, 2022 (arXiv:2111.09883), as in the authors' code.
struct PatchMerging: Sendable {
    /// `[4 · C → 2 · C]`, without a bias.
    let reduction: FrozenLinear
    let norm: FrozenLayerNorm
    let isNormFirst: Bool

    /// Maps `x`, `[N, C]`, to `y`; `joined` is memory for the tokens side by side, `[M, 4 · C]`.
    func apply(
        _ x: Tensor, _ order: [Int], joined: inout Tensor, to y: inout Tensor,
        _ scratch: EncoderScratch
    ) {
        joined.copyRows(order, of: x)
        if isNormFirst {
            norm.apply(joined, to: scratch.normalised)
            reduction.apply(scratch.normalised, to: &y, in: scratch.workspace)
        } else {
            scratch.normalised.load(joined)
            reduction.apply(scratch.normalised, to: &y, in: scratch.workspace)
            norm.apply(to: &y)
        }
    }

    /// For each token of the merged map the four that it is made of; −1 for padding.
    static func order(of map: MapSize) -> [Int] {
        var order: [Int] = []
        for row in 0..<map.merged.rows {
            for column in 0..<map.merged.columns {
                for (down, right) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let y = 2 * row + down, x = 2 * column + right
                    order.append(y < map.rows && x < map.columns ? y * map.columns + x : -1)
                }
            }
        }
        return order
    }
}
