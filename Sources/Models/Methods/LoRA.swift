public import Neural
public import Tensors

extension MethodKind {
    /// LoRA on the maps to queries and values.
    static let lora = MethodKind(
        name: "lora", defaults: ["rank": 8, "alpha": 8],
        declare: { site throws(MethodCatalog.Error) in
            guard case .suffix = site.placement else {
                return .refused("it changes maps within the blocks; use placement suffix")
            }
            return .suffix(site.placement, site.streams)
        },
        make: { site, generator throws(MethodCatalog.Error) in
            LoRA(
                site.streams,
                from: site.streams.keys.reduce(into: [:]) {
                    $0[$1] = site.blocks($1).lowerBound
                }, rank: try site.options.integer("rank", in: 1...4096),
                alpha: Float(try site.options.number("alpha")), using: &generator)
        })
}

/// Low-rank adaptation of the maps to queries and values of each block that runs.
///
///     y = W x + (α / r) · B A x
///
/// A is drawn as the weight of a linear layer, and B begins at zero: untrained, nothing is changed. In
/// a joint map to queries, keys and values, both have matrices of their own.
///
/// Source: Hu et al., *LoRA: Low-Rank Adaptation of Large Language Models*, 2022 (arXiv:2106.09685), §4.
public struct LoRA: Method {
    /// The matrices of one map, stored transposed as all maps here are.
    struct Pair: Module {
        let a: Linear
        let b: Linear

        var parameters: [Parameter] { a.parameters + b.parameters }

        init(_ name: String, width: Int, rank: Int, using generator: inout SplitMix64) {
            a = Linear(
                "\(name).a", inputs: width, outputs: rank, hasBias: false, using: &generator)
            b = Linear(
                "\(name).b", inputs: rank, outputs: width, hasBias: false, initial: .zero,
                using: &generator)
        }

        func callAsFunction(_ x: Variable) -> Variable { b(a(x)) }
    }

    /// By stream and block.
    let pairs: [Stream: [Int: (query: Pair, value: Pair)]]
    private let scale: Float

    public var parameters: [Parameter] {
        pairs.streams.flatMap { stream in
            let blocks = pairs[stream] ?? [:]
            return blocks.sorted { $0.key < $1.key }.flatMap {
                $0.value.query.parameters + $0.value.value.parameters
            }
        }
    }

    /// Creates matrices that change nothing yet.
    ///
    /// - Parameters:
    ///   - streams: The backbones.
    ///   - first: The first block of each stream that runs.
    ///   - rank: r.
    ///   - alpha: α.
    ///   - generator: What they are drawn from.
    public init(
        _ streams: [Stream: StreamShape], from first: [Stream: Int], rank: Int = 8,
        alpha: Float = 8, using generator: inout SplitMix64
    ) {
        var pairs: [Stream: [Int: (query: Pair, value: Pair)]] = [:]
        for stream in streams.streams {
            guard let shape = streams[stream] else { continue }
            for block in (first[stream] ?? shape.depth)..<shape.depth {
                let name = "block.\(block).\(stream.rawValue)", width = shape.widths[block]
                pairs[stream, default: [:]][block] = (
                    Pair("\(name).query", width: width, rank: rank, using: &generator),
                    Pair("\(name).value", width: width, rank: rank, using: &generator)
                )
            }
        }
        self.pairs = pairs
        scale = alpha / Float(rank)
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard var run = streams[stream]?.run else {
                preconditionFailure("LoRA runs blocks of all streams")
            }
            adapted.finish(stream, &run) { block in
                var hooks = AttentionHooks()
                if let (query, value) = pairs[stream]?[block] {
                    hooks.lowRank = .init(scale: scale) { (query($0), value($0)) }
                }
                return hooks
            }
        }
        return adapted
    }
}
