import Models
import Neural
import Tensors

/// What the CMBS head makes of features before streams meet.
///
///     a ← W a + b to 128 elements, unless it has them;   v ← dropout(ReLU(W v + b)) of 512 elements
///
/// With spatial attention v is pooled from its tokens by ``SpatialChannelAttention`` first.
struct CMBSInputs: Module {
    let spatial: SpatialChannelAttention?
    let visual: Linear
    let audio: Linear?

    static let width = (visual: 512, audio: 128)

    var parameters: [Parameter] {
        (spatial?.parameters ?? []) + visual.parameters + (audio?.parameters ?? [])
    }

    init(_ site: HeadCatalog.Site, using generator: inout SplitMix64) {
        let widths = (visual: site.widths[.visual] ?? 0, audio: site.widths[.audio] ?? 0)
        spatial =
            site.head.spatialAttention
            ? SpatialChannelAttention(
                features: widths.visual, audio: Self.width.audio, using: &generator) : nil
        visual = Linear(
            "head.visual.input", inputs: widths.visual, outputs: Self.width.visual,
            using: &generator)
        audio =
            widths.audio == Self.width.audio
            ? nil
            : Linear(
                "head.audio.input", inputs: widths.audio, outputs: Self.width.audio,
                using: &generator)
    }

    /// Both streams, `[B, T, 512]` and `[B, T, 128]`.
    func callAsFunction(_ inputs: HeadInputs) -> (visual: Variable, audio: Variable) {
        let features = inputs.sequence(.audio), a = audio?(features) ?? features
        var v = inputs.sequence(.visual)
        if let spatial {
            let rows = a.reshaped(to: [a.rows, a.columns])
            v = spatial(inputs.patches(.visual), rows).reshaped(to: v.shape)
        }
        return (visual(v).relu().dropout(0.2), a)
    }
}
