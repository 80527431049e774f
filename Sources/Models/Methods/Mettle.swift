public import Neural
public import Tensors

extension MethodKind {
    /// Meta-token learning.
    static let mettle = MethodKind(
        name: "mettle", defaults: ["tokens": 4, "width": 32, "outputs": 256],
        declare: { site throws(MethodCatalog.Error) in
            .sideNetwork(
                site,
                taps: { shape in shape.stages.indices.flatMap { shape.layers(ofStage: $0) } },
                final: { _ in nil })
        },
        make: { site, generator throws(MethodCatalog.Error) in
            Mettle(
                site.streams,
                taps: site.tapped.keys.reduce(into: [:]) { $0[$1] = site.tapWidths($1) },
                tokens: try site.options.integer("tokens", in: 1...4096),
                width: try site.options.integer("width", in: 1...65536),
                outputs: try site.options.integer("outputs", in: 1...65536), using: &generator)
        })
}

/// Meta-token learning: a few learned tokens of each layer gather what is in it, all layers at once.
///
///     V = LN(Xˡ),   U = μˡ + softmax(μˡ (V W_k)ᵀ / √d) (V W_v),   p = mean(V) W_p
///     z = mean over layers of (mean U + p) W_o
///
/// z takes the place of the final state, in a width of its own, so that untrained it is not the frozen
/// backbone. Meta-tokens are drawn normal with deviation 0.02, maps have no biases and start as torch's
/// linear layers. Where there is no class token, V has all tokens there are. Streams meet in the task head
/// alone; tokens of the final state stay what they are.
///
/// The idea is that of Zhou et al., *Mettle: Meta-Token Learning for Memory-Efficient Audio-Visual
/// Adaptation*, 2025 (arXiv:2506.23271), of which no code and no equations were at hand; this form is a
/// reconstruction, for classification alone.
public struct Mettle: Method {
    let taps: [Stream: [Layer]]
    private let shapes: [Stream: StreamShape]
    private let outputs: Int

    public var parameters: [Parameter] {
        taps.streams.flatMap { (taps[$0] ?? []).flatMap(\.parameters) }
    }

    /// Creates meta-tokens.
    ///
    /// - Parameters:
    ///   - streams: The backbones.
    ///   - taps: Widths of the tapped layers of each that has some.
    ///   - tokens: K, meta-tokens of a layer.
    ///   - width: d, that of a meta-token.
    ///   - outputs: Width of z.
    ///   - generator: What parameters are drawn from.
    public init(
        _ streams: [Stream: StreamShape], taps: [Stream: [Int]], tokens: Int = 4, width: Int = 32,
        outputs: Int = 256, using generator: inout SplitMix64
    ) {
        var layers: [Stream: [Layer]] = [:]
        for stream in taps.streams {
            layers[stream] = (taps[stream] ?? []).enumerated().map { index, features in
                Layer(
                    "tap.\(index).\(stream.rawValue)", features: features, tokens: tokens,
                    width: width, outputs: outputs, using: &generator)
            }
        }
        (self.taps, shapes, self.outputs) = (layers, streams, outputs)
    }

    public func width(of stream: Stream) -> Int? { taps[stream] == nil ? nil : outputs }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard let states = streams[stream] else { continue }
            guard let layers = taps[stream], let shape = shapes[stream] else {
                adapted.set(stream, to: states)
                continue
            }
            precondition(states.taps.count == layers.count, "\(states.taps.count) taps")
            let parts = zip(states.taps, layers).map { tap, layer in layer(tap, shape) }
            let sum = parts.dropFirst().reduce(parts[0]) { $0 + $1 }
            adapted.set(
                stream, to: sum.times(1 / Float(parts.count)), tokens: states.finalTokens)
        }
        return adapted
    }

    /// What belongs to one layer of one stream.
    struct Layer: Module {
        let norm: LayerNorm

        /// To keys, values and what is kept, side by side.
        let read: Linear

        let tokens: Parameter
        let output: Linear

        var parameters: [Parameter] {
            norm.parameters + read.parameters + [tokens] + output.parameters
        }

        init(
            _ name: String, features: Int, tokens: Int, width: Int, outputs: Int,
            using generator: inout SplitMix64
        ) {
            norm = LayerNorm("\(name).norm", features: features)
            read = Linear(
                "\(name).read", inputs: features, outputs: 3 * width, hasBias: false,
                using: &generator)
            self.tokens = Parameter(
                "\(name).tokens",
                WeightInitialisation.normal(deviation: 0.02)
                    .rows(tokens, features: width, using: &generator))
            output = Linear(
                "\(name).output", inputs: width, outputs: outputs, hasBias: false,
                using: &generator)
        }

        /// The layer's part of z, `[rows, outputs]`.
        func callAsFunction(_ tap: StreamStates.Tap, _ shape: StreamShape) -> Variable {
            let x = tap.tokens(of: shape) { norm($0, then: read) },
                d = read.weight.value.columns / 3
            let queries = x.tape.variable(tokens).repeatedOverBatch(x.shape[0])
            let gathered = queries.attention(
                keys: x.columns(0..<d), values: x.columns(d..<2 * d), heads: 1)
            let kept = x.columns(2 * d..<3 * d).meanOverTokens()
            return output((queries + gathered).meanOverTokens() + kept)
        }
    }
}
