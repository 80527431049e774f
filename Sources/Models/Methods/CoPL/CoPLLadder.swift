import Neural
import Tensors

/// CoPL beside the backbones: prompts that read cached layers of both streams.
///
/// For each stream rows Z, at first zero, climb over tapped layers. At tap i, with T of the other stream
/// marked by a bar:
///
///     T = LN(S) W,   q = what stands for the whole of T
///     Z ← Z + [ P^spec_i ; P^int_i ; Σⱼ w[j] B[j] ]       w by q and q̄, as in ``CoPLBank``
///     Z ← Z + MHSA(LN₁ Z; keys and values T, for the interaction rows [T ; T̄])
///     Z ← Z + Linear(GELU(Linear(LN₂ Z)))
///     out = final + Linear(LN(mean of Z))
///
/// Keys and bank serve all taps. The last map begins at zero: an untrained ladder is the frozen backbone.
///
/// A reconstruction: Zhao et al., *CoPL*, ACM MM 2024, has no form beside the backbones.
struct CoPLLadder: Method {
    let taps: [(visual: CoPLLadderTap, audio: CoPLLadderTap)]

    /// By tap, `[N, d]`; none without these rows.
    let interaction: [Parameter]
    let bank: CoPLBank?
    let outputs: (visual: CoPLLadderOutput, audio: CoPLLadderOutput)
    let options: CoPLOptions
    private let segments: Int

    var parameters: [Parameter] {
        taps.flatMap { $0.visual.parameters + $0.audio.parameters } + interaction
            + (bank?.parameters ?? []) + outputs.visual.parameters + outputs.audio.parameters
    }

    /// Creates an untrained ladder over as many layers of both streams.
    init(
        _ shapes: (visual: StreamShape, audio: StreamShape), taps: (visual: [Int], audio: [Int]),
        segments: Int, _ options: CoPLOptions, using generator: inout SplitMix64
    ) {
        precondition(taps.visual.count == taps.audio.count && !taps.visual.isEmpty)
        (self.options, self.segments) = (options, segments)
        let width = options.width
        self.taps = zip(taps.visual, taps.audio).enumerated().map { index, layers in
            (
                CoPLLadderTap(
                    "tap.\(index).visual", shapes.visual,
                    features: shapes.visual.width(ofLayer: layers.0), options, using: &generator),
                CoPLLadderTap(
                    "tap.\(index).audio", shapes.audio,
                    features: shapes.audio.width(ofLayer: layers.1), options, using: &generator)
            )
        }
        interaction =
            options.interaction > 0
            ? taps.visual.indices.map { index in
                Parameter(
                    "tap.\(index).shared.interaction",
                    .normal(
                        deviation: 0.02, shape: [options.interaction, width], using: &generator),
                    decays: false)
            } : []
        func side(_ name: String, using generator: inout SplitMix64) -> CoPLBank.Side {
            let keys = CoPLBank.keys(name, options, width: width, using: &generator)
            let prompts = Parameter(
                "\(name).prompts",
                .normal(
                    deviation: 0.02, shape: [options.bankSize, options.bank, width],
                    using: &generator), decays: false)
            return CoPLBank.Side(
                keys: keys, prompts: [prompts],
                coupling: options.coupling == .crossQuery
                    ? .map(Self.identity("\(name).coupling", width)) : nil)
        }
        bank =
            options.bank > 0
            ? CoPLBank(
                visual: side("bank.visual", using: &generator),
                audio: side("bank.audio", using: &generator), options: options) : nil
        outputs = (
            CoPLLadderOutput(
                "out.visual", width: width, features: shapes.visual.width, using: &generator),
            CoPLLadderOutput(
                "out.audio", width: width, features: shapes.audio.width, using: &generator)
        )
    }

    /// A map that begins as the identity.
    private static func identity(_ name: String, _ width: Int) -> Linear {
        var unused = SplitMix64(seed: 0)
        let map = Linear(
            name, inputs: width, outputs: width, hasBias: false, initial: .zero, using: &unused)
        for i in 0..<width { map.weight.value.elements[i * width + i] = 1 }
        return map
    }

    func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        guard let visual = streams[.visual], let audio = streams[.audio] else {
            preconditionFailure("CoPL joins a visual and an audio stream")
        }
        precondition(visual.taps.count == taps.count && audio.taps.count == taps.count)
        var adapted = AdaptedStreams()
        var z: (visual: Variable?, audio: Variable?) = (nil, nil)
        for (index, tap) in taps.enumerated() {
            let v = tap.visual.tokens(visual.taps[index]), a = tap.audio.tokens(audio.taps[index])
            let choice = bank.map {
                $0(visual: query(tap.visual, v), audio: query(tap.audio, a))
            }
            let shared = index < interaction.count ? interaction[index] : nil
            z = (
                tap.visual.climb(z.visual, own: v, other: a, shared, bank: choice?.visual[0]),
                tap.audio.climb(z.audio, own: a, other: v, shared, bank: choice?.audio[0])
            )
            if let penalty = choice?.penalty { adapted.penalties.append(penalty) }
        }
        guard let v = z.visual, let a = z.audio else { preconditionFailure("a ladder has a tap") }
        adapted.set(.visual, to: visual, changedBy: outputs.visual(v))
        adapted.set(.audio, to: audio, changedBy: outputs.audio(a))
        // A text takes no part in the exchange.
        if let text = streams[.text] { adapted.set(.text, to: text) }
        return adapted
    }

    private func query(_ tap: CoPLLadderTap, _ tokens: Variable) -> Variable {
        let query = tap.pooled(tokens)
        return options.queryLevel == .clip ? query.meanOverSegments(segments) : query
    }
}

/// From the prompts of a ladder back to the width of their stream.
struct CoPLLadderOutput: Module {
    let norm: LayerNorm
    let linear: Linear

    var parameters: [Parameter] { norm.parameters + linear.parameters }

    init(_ name: String, width: Int, features: Int, using generator: inout SplitMix64) {
        norm = LayerNorm("\(name).norm", features: width)
        linear = Linear(
            "\(name).linear", inputs: width, outputs: features, initial: .zero, using: &generator)
    }

    func callAsFunction(_ z: Variable) -> Variable { linear(norm(z.meanOverTokens())) }
}
