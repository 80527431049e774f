import Models
import Neural
import Tensors

/// The CMBS head, weakly supervised: a gate for each segment, and scores of the clip.
///
///     met as ``CMBSRelations`` says, without recurrence;   g_a = σ(w K_v + b),  g_v = σ(w K_a + b)
///     V ← (1 − α) V + α g_a V,  A ← (1 − α) A + α g_v A;   ḡ = (g_a + g_v) / 2;   α = 0.2
///     κ = γ (σ(W V + b) + σ(W A + b)) ⊙ W F,   raw = mean of the 4 largest over time of κ;   γ = 0.5
///     clip = max_t ḡ_t raw
///
/// Scores are `[raw ; ḡ_t]`, with background among raw.
///
/// Source: Xia, Zhao, *Cross-Modal Background Suppression for Audio-Visual Event Localization*, CVPR 2022;
/// the authors' code, `model/main_model.py`, `weakly_main.py`. Parts that it never uses are absent.
struct WeakCMBSHead: Head {
    let inputs: CMBSInputs
    let relations: CMBSRelations
    let gates: (visual: Linear, audio: Linear)
    let interModules: CMBSInterModules?
    let streams: (visual: Linear, audio: Linear)
    let classes: Linear
    private let gateFactor: Float

    var parameters: [Parameter] {
        inputs.parameters + relations.parameters + gates.visual.parameters
            + gates.audio.parameters + (interModules?.parameters ?? [])
            + streams.visual.parameters + streams.audio.parameters + classes.parameters
    }

    init(_ site: HeadCatalog.Site, using generator: inout SplitMix64) {
        func linear(_ name: String, _ outputs: Int, hasBias: Bool = true) -> Linear {
            Linear(
                "head.\(name)", inputs: CMBSRelations.width, outputs: outputs, hasBias: hasBias,
                using: &generator)
        }
        inputs = CMBSInputs(site, using: &generator)
        relations = CMBSRelations(
            inputs: CMBSInputs.width, hidden: 2048, using: &generator)
        gates = (linear("visual.gate", 1), linear("audio.gate", 1))
        interModules =
            site.head.interModules ? CMBSInterModules(heads: 2, using: &generator) : nil
        streams = (linear("visual.classes", site.classes), linear("audio.classes", site.classes))
        classes = linear("classes", site.classes, hasBias: false)
        gateFactor = site.head.gateFactor < 0 ? 0.2 : Float(site.head.gateFactor)
    }

    func callAsFunction(_ features: HeadInputs) -> HeadOutputs {
        let (v, a) = inputs(features)
        let (memory, read) = relations(v, a)
        // Each stream is suppressed by its own memory, whatever the published names say.
        let gate = (
            visual: gates.visual(memory.visual).sigmoid(),
            audio: gates.audio(memory.audio).sigmoid()
        )
        func suppressed(_ x: Variable, by gate: Variable) -> Variable {
            x.times(1 - gateFactor) + x.scalingRows(by: gate).times(gateFactor)
        }
        let video = suppressed(read.visual, by: gate.visual)
        let sound = suppressed(read.audio, by: gate.audio)
        let mean = (gate.visual + gate.audio).times(0.5)
        let fused = interModules?(video, sound) ?? (video + sound).times(0.5)
        let weights = (streams.visual(video).sigmoid() + streams.audio(sound).sigmoid()).times(0.5)
        let raw = (weights * classes(fused)).meanOfLargest(min(4, features.segments))
        let rows = mean.rows, repeated = raw.repeated(features.segments)
        let gated = repeated.scalingRows(by: mean.reshaped(to: [rows]))
            .reshaped(to: [raw.shape[0], features.segments, raw.columns])
        return HeadOutputs(
            scores: repeated.concatenated(with: mean.reshaped(to: [rows, 1])),
            parts: [.clip: gated.maximumOverTokens()])
    }
}
