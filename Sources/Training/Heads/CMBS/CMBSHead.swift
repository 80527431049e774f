import Models
import Neural
import Tensors

/// The CMBS head, fully supervised: gates of each stream suppress background in the other.
///
///     ṽ = biLSTM(v), ã = biLSTM(a), met as ``CMBSRelations`` says;   g_m = σ(w K_m + b),  g = g_a g_v
///     V ← V (1 + α g_a),  A ← A (1 + α g_v);   s_m = mean of the 4 largest over time of W m + b
///     av = (s_v + s_a) / 2;   e_t = w F_t + b,   u = W max_t F_t + b + γ av;   α = 0.1, γ = 0.3
///
/// Scores are `[u ; e_t]`.
///
/// Source: Xia, Zhao, *Cross-Modal Background Suppression for Audio-Visual Event Localization*, CVPR 2022;
/// the authors' code, `model/main_model.py`. Parts that it registers and never uses are absent.
struct CMBSHead: Head {
    let inputs: CMBSInputs
    let recurrent: (visual: LSTM, audio: LSTM)
    let relations: CMBSRelations
    let gates: (visual: Linear, audio: Linear)
    let streams: (visual: Linear, audio: Linear)
    let interModules: CMBSInterModules?
    let event: Linear
    let classes: Linear
    private let gateFactor: Float

    var parameters: [Parameter] {
        inputs.parameters + recurrent.visual.parameters + recurrent.audio.parameters
            + relations.parameters
            + [gates.visual, gates.audio, streams.visual, streams.audio].flatMap(\.parameters)
            + (interModules?.parameters ?? []) + event.parameters + classes.parameters
    }

    init(_ site: HeadCatalog.Site, using generator: inout SplitMix64) {
        let width = CMBSRelations.width, events = site.classes - 1
        func linear(_ name: String, _ outputs: Int) -> Linear {
            Linear("head.\(name)", inputs: width, outputs: outputs, using: &generator)
        }
        inputs = CMBSInputs(site, using: &generator)
        recurrent = (
            LSTM(
                "head.visual.lstm", inputs: CMBSInputs.width.visual, hidden: 256,
                isBidirectional: true, using: &generator),
            LSTM(
                "head.audio.lstm", inputs: CMBSInputs.width.audio, hidden: 128,
                isBidirectional: true, using: &generator)
        )
        relations = CMBSRelations(inputs: (512, 256), hidden: 1024, using: &generator)
        gates = (linear("visual.gate", 1), linear("audio.gate", 1))
        streams = (linear("visual.classes", events), linear("audio.classes", events))
        interModules =
            site.head.interModules ? CMBSInterModules(heads: 4, using: &generator) : nil
        event = linear("event", 1)
        classes = linear("classes", events)
        gateFactor = site.head.gateFactor < 0 ? 0.1 : Float(site.head.gateFactor)
    }

    func callAsFunction(_ features: HeadInputs) -> HeadOutputs {
        let (v, a) = inputs(features)
        let (memory, read) = relations(recurrent.visual(v), recurrent.audio(a))
        let gate = (
            visual: gates.visual(memory.visual).sigmoid(),
            audio: gates.audio(memory.audio).sigmoid()
        )
        let video = read.visual + read.visual.scalingRows(by: gate.audio).times(gateFactor)
        let sound = read.audio + read.audio.scalingRows(by: gate.visual).times(gateFactor)
        let largest = min(4, features.segments)
        let both =
            (streams.visual(video).meanOfLargest(largest)
            + streams.audio(sound).meanOfLargest(largest)).times(0.5)
        let fused = interModules?(video, sound) ?? (video + sound).times(0.5)
        let events = event(fused), rows = events.rows
        let u = classes(fused.maximumOverTokens()) + both.times(0.3)
        let logits = events.reshaped(to: [rows, 1])
        return HeadOutputs(
            scores: u.repeated(features.segments).concatenated(with: logits),
            parts: [
                .event: logits, .clip: u, .streams: both,
                .gate: (gate.visual * gate.audio).reshaped(to: [rows, 1]),
            ])
    }
}
