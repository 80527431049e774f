import Neural
import Tensors

/// How the streams of the CMBS head meet: each is encoded over time, and the other one is read by it.
///
///     K_v = Enc(W ṽ + b),  K_a = Enc(W ã + b),   A = Dec(W ã + b ; K_v),  V = Dec(W ṽ + b ; K_a)
///
/// Enc has two layers; Dec one, whose keys are the memory and then the queries. 4 heads, dropout 0.1.
///
/// Source: Xia, Zhao, *Cross-Modal Background Suppression for Audio-Visual Event Localization*, CVPR 2022;
/// the authors' code, `model/main_model.py`, without what it registers and does not use.
struct CMBSRelations: Module {
    /// A stream's own: as memory, and as what reads the other's memory.
    struct Side: Module {
        let memory: Linear
        let encoder: [PostNormLayer]
        let query: Linear
        let decoder: PostNormLayer

        var parameters: [Parameter] {
            memory.parameters + encoder.flatMap(\.parameters) + query.parameters
                + decoder.parameters
        }

        init(_ name: String, inputs: Int, hidden: Int, using generator: inout SplitMix64) {
            let width = CMBSRelations.width
            func layer(_ part: String, hidden: Int) -> PostNormLayer {
                PostNormLayer(
                    "\(name).\(part)", features: width, heads: 4, hidden: hidden, dropout: 0.1,
                    using: &generator)
            }
            memory = Linear("\(name).memory", inputs: inputs, outputs: width, using: &generator)
            encoder = (0..<2).map { layer("encoder.\($0)", hidden: hidden) }
            query = Linear("\(name).query", inputs: inputs, outputs: width, using: &generator)
            decoder = layer("decoder", hidden: 1024)
        }

        /// What others read, `[B, T, 256]`.
        func remembered(_ x: Variable) -> Variable { encoder.reduce(memory(x)) { $1($0) } }

        /// What this stream reads of another's memory, `[B, T, 256]`.
        func reading(_ memory: Variable, _ x: Variable) -> Variable {
            let q = query(x)
            return decoder(q, keys: memory.concatenatedTokens(with: q))
        }
    }

    static let width = 256

    let visual: Side
    let audio: Side

    var parameters: [Parameter] { visual.parameters + audio.parameters }

    /// - Parameters:
    ///   - inputs: Widths of the streams.
    ///   - hidden: Width of the encoders' feed-forward networks.
    ///   - generator: Draws the parameters.
    init(
        inputs: (visual: Int, audio: Int), hidden: Int, using generator: inout SplitMix64
    ) {
        visual = Side("head.visual", inputs: inputs.visual, hidden: hidden, using: &generator)
        audio = Side("head.audio", inputs: inputs.audio, hidden: hidden, using: &generator)
    }

    /// Memories and readings of both streams, `[B, T, 256]` each.
    func callAsFunction(
        _ v: Variable, _ a: Variable
    ) -> (memory: (visual: Variable, audio: Variable), read: (visual: Variable, audio: Variable)) {
        let memory = (visual: visual.remembered(v), audio: audio.remembered(a))
        return (
            memory, (visual.reading(memory.audio, v), audio.reading(memory.visual, a))
        )
    }
}

/// What both streams agree on asks each of them.
///
///     V′ = LN(V⊙A + drop(MHA(V⊙A, [A ; V])));   A′ = LN(A⊙V′ + drop(MHA(A⊙V′, [V′ ; A])));   F = (V′ + A′) / 2
///
/// Without them F = (V + A) / 2, as in DG-SCT and AVMoE.
struct CMBSInterModules: Module {
    let visual: (attention: MultiHeadAttention, norm: LayerNorm)
    let audio: (attention: MultiHeadAttention, norm: LayerNorm)

    var parameters: [Parameter] {
        [visual, audio].flatMap { $0.attention.parameters + $0.norm.parameters }
    }

    init(heads: Int, using generator: inout SplitMix64) {
        func make(_ name: String) -> (MultiHeadAttention, LayerNorm) {
            let width = CMBSRelations.width
            return (
                MultiHeadAttention(
                    "head.\(name).inter.self_attn", features: width, heads: heads, dropout: 0.2,
                    using: &generator),
                LayerNorm("head.\(name).inter.norm", features: width)
            )
        }
        (visual, audio) = (make("visual"), make("audio"))
    }

    func callAsFunction(_ v: Variable, _ a: Variable) -> Variable {
        func ask(
            _ part: (attention: MultiHeadAttention, norm: LayerNorm), _ q: Variable,
            _ keys: Variable
        ) -> Variable {
            part.norm(q + part.attention(q, keys: keys).dropout(0.1))
        }
        let v2 = ask(visual, v * a, a.concatenatedTokens(with: v))
        let a2 = ask(audio, a * v2, v2.concatenatedTokens(with: a))
        return (v2 + a2).times(0.5)
    }
}
