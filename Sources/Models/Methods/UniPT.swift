public import Neural
public import Tensors

extension MethodKind {
    /// Universal parallel tuning.
    static let uniPT = MethodKind(
        name: "unipt", defaults: ["reduction": 2],
        declare: { site throws(MethodCatalog.Error) in
            .sideNetwork(
                site, taps: { Array(0...$0.depth) },
                // A class token needs no other; a mean over tokens does, since maps of them are not linear.
                final: { if case .row = $0.pooling { .pooled } else { .normed } })
        },
        make: { site, generator throws(MethodCatalog.Error) in
            let reduction = try site.options.integer("reduction", in: 1...4096)
            for stream in site.tapped.keys.sorted() {
                let width = site.streams[stream]?.width ?? 0
                guard width >= reduction else {
                    throw MethodCatalog.Error(
                        description:
                            "method.reduction is \(reduction), more than the \(width) channels of the "
                            + "\(stream.rawValue) stream")
                }
            }
            return UniPT(
                site.streams.filter { site.tapped[$0.key] != nil },
                taps: site.tapped.keys.reduce(into: [:]) { $0[$1] = site.tapWidths($1) },
                reduction: reduction, using: &generator)
        })
}

/// Universal parallel tuning: tokens of the final state gather what lies in all layers below.
///
///     tˡ = Linearˡ(ReLU hˡ),   A = Linear(ReLU F),   a = A[0]
///     cˡ = shares(ReLU(A tˡᵀ)) tˡ + tˡ[0],   a share of a row divided by max(Σ, 1e-6)
///     ω = softmax over l of v · (a ⊙ mean tˡ) + v₀
///     out = F + Linear(ReLU(Σ ωˡ cˡ))
///
/// F is the final state after its norm, `[N, E]`, h all layers, with widths of E over `reduction` between,
/// and maps start as torch's linear layers. [0] is the class token, or the mean of those that stand for the
/// whole; where there is none, the mean of all tokens of t and A (a reconstruction). v₀ has no effect.
///
/// Where nothing reads tokens of the adapted state, that of the class token alone is computed.
///
/// Source: Diao et al., *UniPT: Universal Parallel Tuning for Transfer Learning with Efficient Parameter and
/// Memory*, 2024 (arXiv:2308.14316); the authors' code, where E is halved for retrieval.
public struct UniPT: Method {
    let sides: [Stream: Side]

    public var parameters: [Parameter] {
        sides.streams.flatMap { sides[$0]?.parameters ?? [] }
    }

    /// Creates a side network.
    ///
    /// - Parameters:
    ///   - streams: The backbones of those that have one.
    ///   - taps: Widths of the tapped layers of each.
    ///   - reduction: Width of a backbone over that of its side network.
    ///   - generator: What parameters are drawn from.
    public init(
        _ streams: [Stream: StreamShape], taps: [Stream: [Int]], reduction: Int = 2,
        using generator: inout SplitMix64
    ) {
        var sides: [Stream: Side] = [:]
        for stream in streams.streams {
            guard let shape = streams[stream], let taps = taps[stream] else { continue }
            sides[stream] = Side(
                stream, shape, taps, width: shape.width / reduction, using: &generator)
        }
        self.sides = sides
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        streams.adapted(by: sides)
    }
}

extension UniPT {
    /// The side network of one stream.
    struct Side: SideNetwork {
        let maps: [Linear]
        let anchor: Linear
        let weight: Linear
        let up: Linear
        private let shape: StreamShape

        var parameters: [Parameter] {
            maps.flatMap(\.parameters) + anchor.parameters + weight.parameters + up.parameters
        }

        init(
            _ stream: Stream, _ shape: StreamShape, _ taps: [Int], width: Int,
            using generator: inout SplitMix64
        ) {
            func map(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
                Linear(name, inputs: inputs, outputs: outputs, using: &generator)
            }
            let name = stream.rawValue
            maps = taps.enumerated().map { map("tap.\($0).\(name).map", $1, width) }
            anchor = map("out.\(name).anchor", shape.width, width)
            weight = map("out.\(name).weight", width, 1)
            up = map("out.\(name).up", width, shape.width)
            self.shape = shape
        }

        /// The final state and, if they were given, its tokens.
        func callAsFunction(_ states: StreamStates) -> (pooled: Variable, tokens: Variable?) {
            precondition(states.taps.count == maps.count, "\(states.taps.count) taps")
            guard let final = states.finalTokens ?? states.final.map(\.asToken) else {
                preconditionFailure("a ladder ends at the top")
            }
            func whole(_ x: Variable) -> Variable {
                states.finalTokens == nil ? x.token(at: 0) : shape.pooling(x)
            }
            let (rows, count) = (final.shape[0], final.shape[1])
            let queries = anchor(final.relu()), a = whole(queries)
            var gathered: [Variable] = [], scores: Variable?
            for (tap, map) in zip(states.taps, maps) {
                let t = tap.tokens(of: shape) { map($0.relu()) }
                let shares = queries.batchedProduct(with: t, transposed: true).relu().rowShares()
                gathered.append(
                    shares.batchedProduct(with: t)
                        .adding(t.whole(of: shape), toTokens: 0..<count)
                        .reshaped(to: [rows, count * queries.columns]))
                let score = weight(a * t.meanOverTokens())
                scores = scores.map { $0.concatenated(with: score) } ?? score
            }
            guard let weights = scores?.softmax() else { preconditionFailure("it has no taps") }
            let parts = gathered.enumerated().map { layer, c in
                c.scalingRows(by: weights.columns(layer..<layer + 1))
            }
            let sum = parts.dropFirst().reduce(parts[0]) { $0 + $1 }
            let out = final + up(sum.reshaped(to: queries.shape).relu())
            return (whole(out), states.finalTokens == nil ? nil : out)
        }
    }
}

extension Variable {
    /// Rows as sequences of one token, `[B, 1, C]`.
    fileprivate var asToken: Variable { reshaped(to: [shape[0], 1, columns]) }
}
