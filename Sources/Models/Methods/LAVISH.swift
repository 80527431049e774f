public import Neural
import Tensors

extension MethodKind {
    /// LAVISH, with the values of its runs on AVE.
    static let lavish = MethodKind(
        name: "lavish",
        defaults: [
            "reduction": 8, "tokens": 2, "groups": 2, "batchNorm": true, "normBefore": true,
            "normAfter": true, "gateAudio": true, "latents": "uniform", "branch": "cross-modal",
        ],
        declare: { site throws(MethodCatalog.Error) in
            guard case .suffix = site.placement else {
                return .refused(
                    "its adapters stand within the blocks of both streams; use placement suffix")
            }
            var declaration = site.pairedDeclaration()
            if let visual = site.streams[.visual], let audio = site.streams[.audio],
                let pair = BlockPairs.pairs(visual, audio)?.first(where: {
                    let widths = (visual.widths[$0.visual], audio.widths[$0.audio])
                    // Before its checkpoint is read, a width may not be known.
                    return widths.0 != widths.1 && widths.0 > 0 && widths.1 > 0
                })
            {
                return .refused(
                    "its latent tokens take up both streams as they are, and blocks \(pair.visual) "
                        + "and \(pair.audio) are \(visual.widths[pair.visual]) and "
                        + "\(audio.widths[pair.audio]) wide")
            }
            declaration.couplesSamples = try site.options.flag("batchNorm")
            return declaration
        },
        make: { site, generator throws(MethodCatalog.Error) in
            try LAVISH(site, using: &generator)
        })
}

/// LAVISH: a few latent tokens carry what one stream knows to the other, in two adapters of each block.
///
///     Λ′ = Λ + softmax(Λ Oᵀ) O,   X′ = X + c · softmax(X Λ′ᵀ) Λ′
///     A = g · LN(BN(Up(ReLU(BN(Down(LN X′))))))
///
/// with the other stream's tokens O, n latent tokens Λ, and maps in groups of channels without biases.
/// The gates c and g begin at zero: untrained, the streams are the frozen ones, unless audio adapters
/// have no gate. Adapters stand in ``PairedBlocks``.
///
/// Source: Lin et al., *Vision Transformers are Parameter-Efficient Audio-Visual Learners*, 2023
/// (arXiv:2212.07983), and the authors' code, `GenjiB/LAVISH`, `AVE/nets/net_trans.py`, which has the
/// options: the defaults are those of AVE; MUSIC-AVQA has 64 tokens that begin at zero, 4 groups and no
/// batch norm.
public struct LAVISH: Method {
    /// What an adapter consists of.
    enum Branch: String, CaseIterable {
        case crossModal = "cross-modal"

        /// Without latent tokens, and without an activation, as in the code for AVE.
        case unimodal

        /// Without latent tokens, as in the code for MUSIC-AVQA.
        case unimodalReLU = "unimodal-relu"
    }

    /// How latent tokens begin.
    enum Latents: String, CaseIterable {
        /// Between 0 and 1.
        case uniform
        case zero
    }

    struct Adapter: Module {
        let latents: Parameter?
        let crossGate: Parameter?
        let bottleneck: Bottleneck

        var parameters: [Parameter] {
            [latents, crossGate].compactMap { $0 } + bottleneck.parameters
        }

        var buffers: [Parameter] { bottleneck.buffers }

        /// What is added to the stream `x` that sees `other`, `[B, N, D]` and `[B, M, D]`.
        func callAsFunction(_ x: Variable, _ other: Variable) -> Variable {
            guard let latents, let crossGate else { return bottleneck(x) }
            let tokens = x.tape.variable(latents).repeatedOverBatch(x.shape[0])
            let filled =
                tokens + tokens.attention(keys: other, values: other, heads: 1, scale: 1)
            let message = x.attention(keys: filled, values: filled, heads: 1, scale: 1)
            return bottleneck(x + message.scaled(by: crossGate))
        }
    }

    struct Adapters: PairAdapter {
        let visual: Adapter
        let audio: Adapter

        var parameters: [Parameter] { visual.parameters + audio.parameters }
        var buffers: [Parameter] { visual.buffers + audio.buffers }
        var couplesTokens: Bool { !buffers.isEmpty }

        func callAsFunction(_ own: Pair<Variable>, seen: Pair<Variable>) -> Pair<Variable?> {
            (visual(own.visual, seen.audio), audio(own.audio, seen.visual))
        }
    }

    let blocks: PairedBlocks<Adapters>

    public var parameters: [Parameter] { blocks.parameters }
    public var buffers: [Parameter] { blocks.buffers }

    /// Creates untrained adapters as a recipe's options say.
    init(_ site: MethodSite, using generator: inout SplitMix64) throws(MethodCatalog.Error) {
        guard let visual = site.streams[.visual], let audio = site.streams[.audio] else {
            preconditionFailure("LAVISH was declared for two streams")
        }
        var places: [PairedBlocks<Adapters>.Place] = []
        for pair in site.pairs(visual, audio) {
            func adapters(_ place: String) throws(MethodCatalog.Error) -> Adapters {
                Adapters(
                    visual: try Self.adapter(
                        "block.\(pair.visual).visual.\(place)", visual.widths[pair.visual],
                        hasGate: true, site.options, &generator),
                    audio: try Self.adapter(
                        "block.\(pair.audio).audio.\(place)", audio.widths[pair.audio],
                        hasGate: try site.options.flag("gateAudio"), site.options, &generator))
            }
            let first = try adapters("attention")
            places.append(
                .init(blocks: pair, attention: first, feedForward: try adapters("feedForward")))
        }
        blocks = PairedBlocks(places: places)
    }

    private static func adapter(
        _ name: String, _ width: Int, hasGate: Bool, _ options: MethodOptions,
        _ generator: inout SplitMix64
    ) throws(MethodCatalog.Error) -> Adapter {
        let branch = try options.choice("branch", Branch.self)
        var sizes = try Bottleneck.Configuration(width: width, options)
        sizes.hasBias = false
        sizes.normBefore = try options.flag("normBefore")
        sizes.normAfter = try options.flag("normAfter")
        sizes.hasBatchNorm = try options.flag("batchNorm")
        sizes.activation = branch == .unimodal ? .none : .relu
        sizes.hasGate = hasGate
        var latents: Parameter?
        if branch == .crossModal {
            let shape = [try options.integer("tokens", in: 1...4096), width]
            let isZero = try options.choice("latents", Latents.self) == .zero
            latents = Parameter(
                "\(name).latents",
                isZero ? Tensor(shape: shape) : .random(in: 0...1, shape: shape, using: &generator))
        }
        return Adapter(
            latents: latents,
            crossGate: latents.map { _ in Parameter("\(name).crossGate", Tensor([0], shape: [])) },
            bottleneck: Bottleneck(name, sizes, using: &generator))
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        blocks.finish(streams, &adapted)
        // A text takes no part in the exchange.
        if let text = streams[.text] { adapted.set(.text, to: text) }
        return adapted
    }
}
