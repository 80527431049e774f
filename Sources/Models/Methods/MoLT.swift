public import Neural
public import Tensors

extension MethodKind {
    /// Mixture of latent tokens.
    static let moLT = MethodKind(
        name: "molt",
        defaults: ["tokens": 8, "width": 128, "outputs": 256, "orthogonality": 0.01],
        declare: { site throws(MethodCatalog.Error) in
            guard site.streams[.visual] != nil, site.streams[.audio] != nil else {
                return .refused("it joins a visual stream and an audio stream")
            }
            let declaration = MethodDeclaration.sideNetwork(
                site, taps: \.lateTaps, final: { _ in nil })
            let counts = [Stream.visual, .audio].map { stream in
                declaration.seams[stream]?.count ?? 0
            }
            guard counts[0] == counts[1] else {
                return .refused(
                    "placement.ladder lists as many layers of both streams, not \(counts[0]) and "
                        + "\(counts[1])")
            }
            return declaration
        },
        make: { site, generator throws(MethodCatalog.Error) in
            MoLT(
                site.streams,
                taps: site.tapped.keys.reduce(into: [:]) { $0[$1] = site.tapWidths($1) },
                tokens: try site.options.integer("tokens", in: 1...4096),
                width: try site.options.integer("width", in: 1...65536),
                outputs: try site.options.integer("outputs", in: 1...65536),
                orthogonality: Float(try site.options.number("orthogonality")),
                using: &generator)
        })
}

extension StreamShape {
    /// Outputs of the last four blocks; of the last two of each of the last two stages where there are several.
    fileprivate var lateTaps: [Int] {
        guard stages.count > 1 else { return layers(ofStage: 0).suffix(4) }
        return stages.indices.suffix(2).flatMap { layers(ofStage: $0).suffix(2) }
    }
}

/// Mixture of latent tokens: late layers of two streams, distilled into a few tokens by two experts.
///
///     V = LN(Xˡ) W of the stream,   O that of the other
///     u = softmax(q_u Vᵀ / √d) V,   c = softmax(q_c Oᵀ / √d) O
///     ρ = softmax([mean V ; mean O] W_r + β),   tˡ = ρ₀ u + ρ₁ c
///     ω = softmax over l of w₂ᵀ GELU(W₁ mean tˡ),   z = Linear(Σ ωˡ mean tˡ)
///     penalty = λ Σ over l and streams of ‖t̂ t̂ᵀ − I‖² / n²,   t̂ rows of tˡ of length 1
///
/// z takes the place of the final state, in a width of its own, so that untrained it is not the frozen
/// backbone. The penalty is a mean over rows. Queries are drawn normal with deviation 0.02, maps start as
/// torch's linear layers. Without a class token V has all tokens there are. A text takes no part, and tokens
/// of the final state stay what they are. The bias behind w₂ has no effect.
///
/// The idea is that of Rho et al., *MoLT: Mixture of Layer-Wise Tokens for Efficient Audio-Visual Learning*,
/// 2025 (arXiv:2512.00115), of which no code and no equations were at hand; this form is a reconstruction.
public struct MoLT: Method {
    let taps: [(visual: Tap, audio: Tap)]
    let fusions: [Stream: Fusion]
    private let shapes: [Stream: StreamShape]
    private let orthogonality: Float
    private let outputs: Int

    private static let streams: [Stream] = [.visual, .audio]

    public var parameters: [Parameter] {
        taps.flatMap { $0.visual.parameters + $0.audio.parameters }
            + fusions.streams.flatMap { fusions[$0]?.parameters ?? [] }
    }

    /// Creates latent tokens.
    ///
    /// - Parameters:
    ///   - streams: The backbones.
    ///   - taps: Widths of the tapped layers, as many of the visual and of the audio stream.
    ///   - tokens: n, latent tokens of a layer and stream.
    ///   - width: d, that of a latent token.
    ///   - outputs: Width of z.
    ///   - orthogonality: λ.
    ///   - generator: What parameters are drawn from.
    public init(
        _ streams: [Stream: StreamShape], taps: [Stream: [Int]], tokens: Int = 8, width: Int = 128,
        outputs: Int = 256, orthogonality: Float = 0.01, using generator: inout SplitMix64
    ) {
        guard let visual = taps[.visual], let audio = taps[.audio], visual.count == audio.count
        else { preconditionFailure("MoLT joins layers of two streams") }
        self.taps = zip(visual, audio).enumerated().map { index, widths in
            (
                Tap(
                    "tap.\(index).visual", features: widths.0, tokens: tokens, width: width,
                    using: &generator),
                Tap(
                    "tap.\(index).audio", features: widths.1, tokens: tokens, width: width,
                    using: &generator)
            )
        }
        var fusions: [Stream: Fusion] = [:]
        for stream in Self.streams {
            fusions[stream] = Fusion(
                "out.\(stream.rawValue)", width: width, outputs: outputs, using: &generator)
        }
        (self.fusions, shapes) = (fusions, streams)
        (self.orthogonality, self.outputs) = (orthogonality, outputs)
    }

    public func width(of stream: Stream) -> Int? { fusions[stream] == nil ? nil : outputs }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        guard let visual = streams[.visual], let audio = streams[.audio],
            let visualShape = shapes[.visual], let audioShape = shapes[.audio]
        else { preconditionFailure("MoLT joins a visual and an audio stream") }
        precondition(visual.taps.count == taps.count && audio.taps.count == taps.count)
        var latents: [Stream: [Variable]] = [:]
        for (index, tap) in taps.enumerated() {
            let v = tap.visual.read(visual.taps[index], visualShape)
            let a = tap.audio.read(audio.taps[index], audioShape)
            latents[.visual, default: []].append(tap.visual.latents(own: v, other: a))
            latents[.audio, default: []].append(tap.audio.latents(own: a, other: v))
        }
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard let states = streams[stream] else { continue }
            guard let fusion = fusions[stream], let latents = latents[stream] else {
                adapted.set(stream, to: states)
                continue
            }
            adapted.set(stream, to: fusion(latents), tokens: states.finalTokens)
        }
        if orthogonality > 0 {
            let parts = Self.streams.flatMap { (latents[$0] ?? []).map(\.overlap) }
            adapted.penalties = [
                parts.dropFirst().reduce(parts[0]) { $0 + $1 }.times(orthogonality)
            ]
        }
        return adapted
    }
}

extension MoLT {
    /// What one stream does at one tapped layer.
    struct Tap: Module {
        let norm: LayerNorm
        let map: Linear
        let ownQueries: Parameter
        let otherQueries: Parameter
        let router: Linear

        var parameters: [Parameter] {
            norm.parameters + map.parameters + [ownQueries, otherQueries] + router.parameters
        }

        init(
            _ name: String, features: Int, tokens: Int, width: Int,
            using generator: inout SplitMix64
        ) {
            func queries(_ part: String) -> Parameter {
                Parameter(
                    "\(name).\(part)",
                    WeightInitialisation.normal(deviation: 0.02)
                        .rows(tokens, features: width, using: &generator))
            }
            norm = LayerNorm("\(name).norm", features: features)
            map = Linear(
                "\(name).map", inputs: features, outputs: width, hasBias: false, using: &generator)
            ownQueries = queries("ownQueries")
            otherQueries = queries("otherQueries")
            router = Linear("\(name).router", inputs: 2 * width, outputs: 2, using: &generator)
        }

        /// Tokens in the common width, `[rows, N, d]`.
        func read(_ states: StreamStates.Tap, _ shape: StreamShape) -> Variable {
            states.tokens(of: shape) { norm($0, then: map) }
        }

        /// Latent tokens, `[rows, n, d]`.
        func latents(own: Variable, other: Variable) -> Variable {
            func distilled(_ queries: Parameter, _ tokens: Variable) -> Variable {
                own.tape.variable(queries).repeatedOverBatch(own.shape[0])
                    .attention(keys: tokens, values: tokens, heads: 1)
            }
            let shares = router(
                own.meanOverTokens().concatenated(with: other.meanOverTokens())
            ).softmax()
            func share(_ latents: Variable, _ expert: Int) -> Variable {
                let flat = latents.reshaped(to: [own.shape[0], latents.shape[1] * own.columns])
                return flat.scalingRows(by: shares.columns(expert..<expert + 1))
                    .reshaped(to: latents.shape)
            }
            return share(distilled(ownQueries, own), 0) + share(distilled(otherQueries, other), 1)
        }
    }

    /// How layers are weighted, and the way to the output.
    struct Fusion: Module {
        let hidden: Linear
        let weight: Linear
        let output: Linear

        var parameters: [Parameter] { [hidden, weight, output].flatMap(\.parameters) }

        init(_ name: String, width: Int, outputs: Int, using generator: inout SplitMix64) {
            hidden = Linear("\(name).hidden", inputs: width, outputs: width, using: &generator)
            weight = Linear("\(name).weight", inputs: width, outputs: 1, using: &generator)
            output = Linear("\(name).output", inputs: width, outputs: outputs, using: &generator)
        }

        /// z, `[rows, outputs]`, of the latent tokens of each layer.
        func callAsFunction(_ latents: [Variable]) -> Variable {
            let means = latents.map { $0.meanOverTokens() }
            let scores = means.map { weight(hidden($0).gelu()) }
            let weights = scores.dropFirst().reduce(scores[0]) { $0.concatenated(with: $1) }
                .softmax()
            let parts = means.enumerated().map { layer, mean in
                mean.scalingRows(by: weights.columns(layer..<layer + 1))
            }
            return output(parts.dropFirst().reduce(parts[0]) { $0 + $1 })
        }
    }
}

extension Variable {
    /// How far the tokens of a sequence are from orthogonal, as a mean over sequences and pairs: a scalar.
    fileprivate var overlap: Variable {
        let unit = normalisedRows(), n = shape[1]
        var identity = Tensor(shape: [shape[0], n, n])
        for b in 0..<shape[0] {
            for i in 0..<n { identity.elements[(b * n + i) * n + i] = 1 }
        }
        let rest = unit.batchedProduct(with: unit, transposed: true) - tape.constant(identity)
        return (rest * rest).reshaped(to: [1, shape[0] * n * n, 1]).meanOverTokens()
            .reshaped(to: [])
    }
}
