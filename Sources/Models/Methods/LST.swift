public import Neural
public import Tensors

extension MethodKind {
    /// Ladder side-tuning.
    static let lst = MethodKind(
        name: "lst", defaults: ["reduction": 8, "variant": "t5"],
        declare: { site throws(MethodCatalog.Error) in
            var declaration = MethodDeclaration.sideNetwork(
                site, taps: \.evenTaps, final: { _ in .pooled })
            for stream in declaration.seams.streams where stream != .text {
                let seams = declaration.seams[stream] ?? []
                guard seams.first?.layer != 0 else {
                    return .refused(
                        "it reads layer 0, the embedding, in any case; placement.ladder lists layers "
                            + "from 1 on")
                }
                declaration.seams[stream]?.insert(.init(layer: 0, tokens: .patches), at: 0)
                let counts = site.streams[stream]?.tokenCounts ?? []
                let layers = [0] + seams.filter { $0.tokens == .patches }.map(\.layer)
                let known = layers.filter { counts.indices ~= $0 && counts[$0] > 0 }
                if let odd = known.first(where: { counts[$0] != counts[known[0]] }) {
                    return .refused(
                        "it adds states token by token, and of the \(stream.rawValue) states layer "
                            + "\(known[0]) has \(counts[known[0]]) tokens and layer \(odd) has "
                            + "\(counts[odd]); encode with --tokens grid:RxC")
                }
            }
            return declaration
        },
        make: { site, generator throws(MethodCatalog.Error) in
            let reduction = try site.options.integer("reduction", in: 1...4096)
            for stream in site.tapped.keys.sorted() {
                let width = (site.streams[stream]?.width ?? 0) / reduction
                guard width > 0, width.isMultiple(of: LST.heads(ofWidth: width)) else {
                    throw MethodCatalog.Error(
                        description:
                            "method.reduction \(reduction) leaves \(width) channels of the "
                            + "\(stream.rawValue) stream, which \(LST.heads(ofWidth: width)) heads do "
                            + "not divide")
                }
            }
            return LST(
                site.streams.filter { site.tapped[$0.key] != nil },
                taps: site.tapped.keys.reduce(into: [:]) { $0[$1] = site.tapWidths($1) },
                reduction: reduction,
                variant: try site.options.choice("variant", LST.Variant.self), using: &generator)
        })
}

/// Ladder side-tuning: a narrow transformer beside each backbone, which climbs over its layers.
///
///     h = Down₀(X⁰)
///     h ← Block(μ h + (1 − μ) Down(Xˡ)) for each tapped layer, μ = σ(α / 0.1), α = 0 at the start
///     out = μ Up(LN h) + (1 − μ) X_final, with a share μ of its own
///
/// A block is one of a Vision Transformer with norms before, d channels, a feed-forward network of 4 d and a
/// head for each 32 channels, d that of the backbone over `reduction`. All maps start as torch's linear
/// layers, so that untrained it is half the frozen backbone. What stands for the whole of h is its class
/// token, or the mean of its tokens, which need as many in all layers. Streams meet in the task head alone.
///
/// Source: Sung, Cho, Bansal, *LST: Ladder Side-Tuning for Parameter and Memory Efficient Transfer
/// Learning*, 2022 (arXiv:2206.06522), §3, and the authors' code for T5; that for CLIP-ViL has no biases
/// around the side network and gives Up(LN h) alone. The form for Vision Transformers is a reconstruction,
/// which has no weights pruned from the backbone to start from.
public struct LST: Method {
    /// Which of the published forms it has.
    public enum Variant: String, CaseIterable, Sendable {
        /// With biases in the maps to the side network and back, and a share of the frozen state.
        case t5

        /// Without.
        case clipViL = "clip-vil"
    }

    let sides: [Stream: Side]

    public var parameters: [Parameter] {
        sides.streams.flatMap { sides[$0]?.parameters ?? [] }
    }

    /// Creates side networks.
    ///
    /// - Parameters:
    ///   - streams: The backbones of those that have one.
    ///   - taps: Widths of the tapped layers of each, first that of the embedding.
    ///   - reduction: Width of a backbone over that of its side network.
    ///   - variant: Which form.
    ///   - generator: What parameters are drawn from.
    public init(
        _ streams: [Stream: StreamShape], taps: [Stream: [Int]], reduction: Int = 8,
        variant: Variant = .t5, using generator: inout SplitMix64
    ) {
        var sides: [Stream: Side] = [:]
        for stream in streams.streams {
            guard let shape = streams[stream], let taps = taps[stream] else { continue }
            sides[stream] = Side(
                stream, shape, taps, width: shape.width / reduction, variant, using: &generator)
        }
        self.sides = sides
    }

    /// Heads of a side block: one for each 32 channels.
    static func heads(ofWidth width: Int) -> Int { max(1, width / 32) }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        streams.adapted(by: sides)
    }
}

extension LST {
    /// The side network of one stream.
    struct Side: SideNetwork {
        let downs: [Linear]
        let mixes: [Parameter]
        let blocks: [SideBlock]
        let norm: LayerNorm
        let up: Linear
        let gate: Parameter?
        private let shape: StreamShape

        private static let temperature: Float = 0.1

        var parameters: [Parameter] {
            let taps = zip(downs.dropFirst(), zip(mixes, blocks)).flatMap { down, rest in
                down.parameters + [rest.0] + rest.1.parameters
            }
            return downs[0].parameters + taps + norm.parameters + up.parameters
                + (gate.map { [$0] } ?? [])
        }

        init(
            _ stream: Stream, _ shape: StreamShape, _ taps: [Int], width: Int, _ variant: Variant,
            using generator: inout SplitMix64
        ) {
            let hasBias = variant == .t5
            var downs: [Linear] = [], mixes: [Parameter] = [], blocks: [SideBlock] = []
            for (index, features) in taps.enumerated() {
                let name = "tap.\(index).\(stream.rawValue)"
                downs.append(
                    Linear(
                        "\(name).down", inputs: features, outputs: width, hasBias: hasBias,
                        using: &generator))
                guard index > 0 else { continue }
                mixes.append(Parameter("\(name).mix", Tensor([0], shape: [])))
                blocks.append(SideBlock("\(name).block", width: width, using: &generator))
            }
            (self.downs, self.mixes, self.blocks) = (downs, mixes, blocks)
            let name = "out.\(stream.rawValue)"
            norm = LayerNorm("\(name).norm", features: width)
            up = Linear(
                "\(name).up", inputs: width, outputs: shape.width, hasBias: hasBias,
                using: &generator)
            gate = hasBias ? Parameter("\(name).mix", Tensor([0], shape: [])) : nil
            self.shape = shape
        }

        /// The final state and, if heads read them, its tokens.
        func callAsFunction(_ states: StreamStates) -> (pooled: Variable, tokens: Variable?) {
            precondition(states.taps.count == downs.count, "\(states.taps.count) taps")
            var h = states.taps[0].tokens(of: shape, downs[0].callAsFunction)
            for index in blocks.indices {
                let layer = states.taps[index + 1].tokens(
                    of: shape, downs[index + 1].callAsFunction)
                h = h.mixed(with: layer, by: mixes[index], temperature: Self.temperature)
                h = blocks[index](h)
            }
            guard let final = states.final else { preconditionFailure("a ladder ends at the top") }
            // A linear map and a mean may change places.
            let row = shape.hasClassToken ? norm(h.token(at: 0)) : norm(h).meanOverTokens()
            let pooled = up(row)
            return (
                shared(pooled, final),
                states.finalTokens.map { tokens in
                    let all = up(norm(h))
                    let count = tokens.shape[1]
                    // Where several tokens stand for the whole, h has one for them.
                    return shared(
                        all.shape == tokens.shape
                            ? all : pooled.repeated(count).reshaped(to: tokens.shape), tokens)
                }
            )
        }

        private func shared(_ side: Variable, _ frozen: Variable) -> Variable {
            gate.map { side.mixed(with: frozen, by: $0, temperature: Self.temperature) } ?? side
        }
    }

    /// A block of the side network.
    struct SideBlock: Module {
        let norm1: LayerNorm
        let query: Linear
        let key: Linear
        let value: Linear
        let projection: Linear
        let norm2: LayerNorm
        let up: Linear
        let down: Linear
        private let heads: Int

        var parameters: [Parameter] {
            norm1.parameters + [query, key, value, projection].flatMap(\.parameters)
                + norm2.parameters + up.parameters + down.parameters
        }

        init(_ name: String, width: Int, using generator: inout SplitMix64) {
            func map(_ part: String, _ inputs: Int, _ outputs: Int) -> Linear {
                Linear("\(name).\(part)", inputs: inputs, outputs: outputs, using: &generator)
            }
            norm1 = LayerNorm("\(name).norm1", features: width)
            query = map("query", width, width)
            key = map("key", width, width)
            value = map("value", width, width)
            projection = map("projection", width, width)
            norm2 = LayerNorm("\(name).norm2", features: width)
            up = map("up", width, 4 * width)
            down = map("down", 4 * width, width)
            heads = LST.heads(ofWidth: width)
        }

        func callAsFunction(_ x: Variable) -> Variable {
            let n = norm1(x)
            let mixed = query(n).attention(keys: key(n), values: value(n), heads: heads)
            let y = x + projection(mixed)
            return y + down(up(norm2(y)).gelu())
        }
    }
}
