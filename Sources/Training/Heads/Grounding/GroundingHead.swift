import Models
import Neural
import Tensors

/// The head of ST-AVQA: sounds are grounded in frames, and questions find the moments that they are about.
///
///     a_t = W ReLU(W audio_t + b) + b;   v_t as ``FrameGrounding`` says;   v*, a* as ``TemporalAttention``
///     f = W tanh([a* + mean_t a ; v* + mean_t v]) + b;   scores = W tanh(f ⊙ q) + b
///     match_t = MLP(1024-512-256-128-2, ReLU)([a_t ; v_t]), for own frames and for others with the same a_t
///
/// Questions about one clip share all that does not depend on them.
///
/// Source: Li et al., *Learning to Answer Questions in Dynamic Audio-Visual Scenarios*, CVPR 2022; the
/// authors' code, `net_grd_avst/net_avst.py`, without what it registers and never uses.
struct GroundingHead: Head {
    let question: QuestionEncoder
    let audio: (hidden: Linear, output: Linear)
    let grounding: FrameGrounding
    let matching: [Linear]
    let attention: (visual: TemporalAttention, audio: TemporalAttention)
    let fusion: Linear
    let classes: Linear

    private static let width = 512

    var parameters: [Parameter] {
        question.parameters + audio.hidden.parameters + audio.output.parameters
            + grounding.parameters + matching.flatMap(\.parameters) + attention.visual.parameters
            + attention.audio.parameters + fusion.parameters + classes.parameters
    }

    init(_ site: HeadCatalog.Site, using generator: inout SplitMix64) {
        let width = Self.width
        func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
            Linear("head.\(name)", inputs: inputs, outputs: outputs, using: &generator)
        }
        question = QuestionEncoder(site, width: width, using: &generator)
        audio = (
            linear("audio.hidden", site.widths[.audio] ?? 0, width),
            linear("audio.output", width, width)
        )
        grounding = FrameGrounding(
            inputs: site.widths[.visual] ?? 0, width: width, using: &generator)
        let widths = [2 * width, 512, 256, 128, 2]
        matching = zip(widths, widths.dropFirst()).enumerated().map { index, sizes in
            linear("match.\(index)", sizes.0, sizes.1)
        }
        attention = (
            TemporalAttention("head.visual", width: width, using: &generator),
            TemporalAttention("head.audio", width: width, using: &generator)
        )
        fusion = linear("fusion", 2 * width, width)
        classes = linear("classes", width, site.classes)
    }

    func callAsFunction(_ inputs: HeadInputs) -> HeadOutputs {
        guard let sound = inputs.streams[.audio] else { preconditionFailure("no sound") }
        let (segments, width) = (inputs.segments, Self.width)
        let rows = sound.shape[0], clips = rows / segments
        let a = audio.output(audio.hidden(sound).relu())
        let tokens = grounding.mapped(inputs.patches(.visual))
        let v = grounding(tokens, a)
        let q = question(inputs), perClip = q.shape[0] / clips
        let questions = q.reshaped(to: [clips, perClip, width])
        func asked(_ x: Variable, _ attention: TemporalAttention) -> Variable {
            let sequence = x.reshaped(to: [clips, segments, width])
            let found = attention(questions, about: sequence).reshaped(to: [q.shape[0], width])
            return found + sequence.meanOverTokens().repeated(perClip)
        }
        let found = asked(a, attention.audio).concatenated(with: asked(v, attention.visual))
        var outputs = HeadOutputs(scores: classes((fusion(found.tanh()) * q).tanh()))
        guard inputs.isTraining else { return outputs }
        if let others = others(inputs, tokens) {
            let own = matches(a, v), foreign = matches(a, grounding(others, a))
            outputs.parts[.matches] =
                own.reshaped(to: [1, rows, 2])
                .concatenatedTokens(with: foreign.reshaped(to: [1, rows, 2]))
                .reshaped(to: [2 * rows, 2])
        }
        return outputs
    }

    /// Frames that do not belong to the sounds, as their tokens are grounded; nil without matching.
    private func others(_ inputs: HeadInputs, _ tokens: Variable) -> Variable? {
        if inputs.tensors.contains(.negatives) {
            return grounding.mapped(inputs.tensors[.negatives])
        }
        guard inputs.tensors.contains(.partners) else { return nil }
        return tokens.reshaped(to: [tokens.shape[0], tokens.shape[1] * tokens.columns])
            .gatheredRows(inputs.tensors[.partners]).reshaped(to: tokens.shape)
    }

    /// Scores of not belonging together and of doing so, `[rows, 2]`.
    private func matches(_ a: Variable, _ v: Variable) -> Variable {
        let hidden = matching.dropLast().reduce(a.concatenated(with: v)) { $1($0).relu() }
        return matching[matching.count - 1](hidden)
    }
}
