import Models
import Neural
import Tensors

/// What the CMBS head makes of features before streams meet.
///
///     a ← W a + b to 128 elements, unless it has them;   v ← dropout(ReLU(W v + b)) of 512 elements
///
/// With spatial attention each token becomes such a v, as in the code, and ``SpatialChannelAttention``
/// pools them.
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
                features: Self.width.visual, audio: Self.width.audio, using: &generator) : nil
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
        func mapped(_ x: Variable) -> Variable { visual(x).relu().dropout(0.2) }
        guard let spatial else { return (mapped(inputs.sequence(.visual)), a) }
        let v = spatial(mapped(inputs.patches(.visual)), a.reshaped(to: [a.rows, a.columns]))
        return (v.reshaped(to: [a.shape[0], a.shape[1], v.columns]), a)
    }
}
