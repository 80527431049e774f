import Neural
import Tensors

/// One adapter of AV-PEA: what is added to a stream that sees another.
///
///     c′ = c + g · softmax(c P̄ᵀ / √D) P̄
///     A = h · Up(ReLU(Down(LN([c′ ; P]))))
///
/// c is the class token, P̄ the other stream's patches, g and h gates that begin at zero. Without a class
/// token c is the mean, and what is added to it is added to every token, which moves the mean by as much.
/// Where the widths differ, tokens meet in 64 dimensions: q = c W_q, k = P̄ W_k, and the message is
/// softmax(q kᵀ / 8) k W_o. A relay also adds r · c̄′ to the patches, with a third gate.
struct AVPEAAdapter: Module {
    /// Nil where nothing is read of the other stream.
    let crossGate: Parameter?

    /// That of the relay.
    let relayGate: Parameter?

    /// Of both operands of the attention.
    let attentionNorms: (query: LayerNorm, key: LayerNorm)?

    /// Where widths differ.
    let projections: (query: Linear, key: Linear, message: Linear)?

    let bottleneck: Bottleneck

    private let shapes: (own: StreamShape, other: StreamShape)
    private let scale: Float

    static let sharedWidth = 64

    var parameters: [Parameter] {
        let gates = [crossGate, relayGate].compactMap { $0 }
        let norms = attentionNorms.map { $0.query.parameters + $0.key.parameters } ?? []
        let maps =
            projections.map { $0.query.parameters + $0.key.parameters + $0.message.parameters }
            ?? []
        return gates + norms + bottleneck.parameters + maps
    }

    var buffers: [Parameter] { bottleneck.buffers }

    /// - Parameters:
    ///   - name: What names of parameters begin with.
    ///   - sizes: Those of the bottleneck, which has the stream's width.
    ///   - other: Width of the other stream.
    ///   - shapes: Of the streams' backbones.
    ///   - attention: How the other stream is read.
    ///   - generator: What weights are drawn from.
    init(
        _ name: String, _ sizes: Bottleneck.Configuration, other: Int,
        shapes: (own: StreamShape, other: StreamShape), _ attention: AVPEASuffix.Attention,
        using generator: inout SplitMix64
    ) {
        let width = sizes.width, isReading = attention.mode != .off
        func gate(_ place: String, _ exists: Bool) -> Parameter? {
            exists ? Parameter("\(name).\(place)", Tensor([0], shape: [])) : nil
        }
        crossGate = gate("crossGate", isReading)
        relayGate = gate("relayGate", attention.mode == .relay)
        attentionNorms =
            isReading && attention.norm == .layerNorm
            ? (
                LayerNorm("\(name).queryNorm", features: width),
                LayerNorm("\(name).keyNorm", features: other)
            ) : nil
        bottleneck = Bottleneck(name, sizes, using: &generator)
        func map(_ part: String, _ inputs: Int, _ outputs: Int) -> Linear {
            Linear(
                "\(name).\(part)", inputs: inputs, outputs: outputs, hasBias: false,
                using: &generator)
        }
        projections =
            isReading && width != other
            ? (
                map("query", width, Self.sharedWidth), map("key", other, Self.sharedWidth),
                map("message", Self.sharedWidth, width)
            ) : nil
        let length = width == other ? width : Self.sharedWidth
        scale = attention.scale == .none ? 1 : 1 / Float(length).squareRoot()
        self.shapes = shapes
    }

    /// The stream `x`, `[B, N, D]`, whose class token has read `other`, `[B, M, E]`.
    func reading(_ x: Variable, _ other: Variable) -> Variable {
        guard let crossGate else { return x }
        return x.adding(
            message(to: x, from: other).scaled(by: crossGate),
            toTokens: shapes.own.pooling.tokens(of: x.shape[1]))
    }

    /// What is added to a stream that has read, `[B, N, D]`, and whose patches learn the class token of
    /// the other, `other`, which has read too.
    func callAsFunction(_ x: Variable, _ other: Variable) -> Variable {
        guard let relayGate else { return bottleneck(x) }
        return bottleneck(
            x.adding(
                shapes.other.pooling(other).scaled(by: relayGate),
                toTokens: shapes.own.patches(of: x.shape[1])))
    }

    /// What the class token reads, `[B, D]`.
    private func message(to x: Variable, from other: Variable) -> Variable {
        var c = shapes.own.pooling(x), keys = other
        if let attentionNorms { (c, keys) = (attentionNorms.query(c), attentionNorms.key(keys)) }
        let patches = shapes.other.patches(of: other.shape[1])
        guard let projections else {
            return c.attending(toTokens: patches, of: keys, scale: scale)
        }
        let read = projections.query(c).attending(
            toTokens: patches, of: projections.key(keys), scale: scale)
        return projections.message(read)
    }
}

/// The adapters of both streams at one place; one of them where only that stream is adapted.
struct AVPEAPair: PairAdapter {
    let visual: AVPEAAdapter?
    let audio: AVPEAAdapter?

    var parameters: [Parameter] { [visual, audio].flatMap { $0?.parameters ?? [] } }
    var buffers: [Parameter] { [visual, audio].flatMap { $0?.buffers ?? [] } }
    var couplesTokens: Bool { !buffers.isEmpty }

    func callAsFunction(_ own: Pair<Variable>, seen: Pair<Variable>) -> Pair<Variable?> {
        let v = visual?.reading(own.visual, seen.audio) ?? own.visual
        let a = audio?.reading(own.audio, seen.visual) ?? own.audio
        return (visual?(v, a), audio?(a, v))
    }
}
