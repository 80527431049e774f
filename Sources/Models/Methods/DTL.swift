public import Neural
public import Tensors

extension MethodKind {
    /// Disentangled transfer learning, the one method that stands beside some blocks and within others.
    static let dtl = MethodKind(
        name: "dtl", defaults: ["rank": 2, "slope": 100, "pooling": "patches"],
        declare: { site throws(MethodCatalog.Error) in
            guard case .hybrid = site.placement else {
                return .refused(
                    "it gathers below a block and gives back above; use placement hybrid")
            }
            var seams: [Stream: [MethodDeclaration.Seam]] = [:]
            for stream in site.streams.streams {
                guard let shape = site.streams[stream] else { continue }
                guard let from = site.placement.firstBlock(stream), 1...shape.depth ~= from else {
                    return .refused(
                        "placement.hybrid.from must lie in 1…\(shape.depth) for stream "
                            + stream.rawValue)
                }
                guard from == shape.depth || !shape.stageStarts.contains(from) else {
                    return .refused(
                        "its sum goes through the blocks of a stage, and block \(from) of the "
                            + "\(stream.rawValue) backbone begins one")
                }
                let first = DTL.firstBlock(below: from, shape)
                guard site.placement.taps(stream) == Array(first..<from) else {
                    return .refused(
                        "it reads the input of every block below in the stage; "
                            + "placement.hybrid.below must list \(first) to \(from - 1)")
                }
                seams[stream] = (first...from).map { .init(layer: $0, tokens: .all) }
            }
            return MethodDeclaration(seams: seams, exactness: .hybrid)
        },
        make: { site, generator throws(MethodCatalog.Error) in
            DTL(
                site.streams,
                from: site.streams.keys.reduce(into: [:]) {
                    $0[$1] = site.placement.firstBlock($1)
                },
                rank: try site.options.integer("rank", in: 1...4096),
                slope: Float(try site.options.number("slope")),
                pooling: try site.options.choice("pooling", DTL.Pooling.self), using: &generator)
        })
}

/// DTL: a low-rank sum over the inputs of all blocks, given back to the stream from some block on.
///
///     R ← R + Xˡ Aₗ Bₗ before block l,   Xˡ⁺¹ = Blockₗ(Xˡ)
///     Xˡ⁺¹ ← Xˡ⁺¹ + R · σ(βR) from the block below the first that runs
///
/// Inputs of blocks below are read from the cache, and so is the raw output of the last of them. B begins
/// at zero: untrained, nothing is changed. The mean of the patches stands for the whole, or what does so
/// for the backbone. In a Swin Transformer, which the paper does not have, the sum begins anew with each
/// stage.
///
/// Source: Fu, Zhu, Wu, *DTL: Disentangled Transfer Learning for Visual Recognition*, 2024
/// (arXiv:2312.07856), where 7 of 12 blocks lie below.
public struct DTL: Method {
    /// What stands for the whole of an adapted state.
    public enum Pooling: String, CaseIterable, Sendable {
        case patches
        case backbone
    }

    /// By stream and block.
    let blocks: [Stream: [Int: LoRA.Pair]]
    private let slope: Float
    private let pooling: Pooling

    public var parameters: [Parameter] {
        blocks.streams.flatMap { stream in
            (blocks[stream] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value.parameters)
        }
    }

    /// Creates matrices that change nothing yet.
    ///
    /// - Parameters:
    ///   - streams: The backbones.
    ///   - from: The first block of each stream that runs.
    ///   - rank: r.
    ///   - slope: β.
    ///   - pooling: What stands for the whole.
    ///   - generator: What they are drawn from.
    public init(
        _ streams: [Stream: StreamShape], from: [Stream: Int], rank: Int = 2, slope: Float = 100,
        pooling: Pooling = .patches, using generator: inout SplitMix64
    ) {
        var blocks: [Stream: [Int: LoRA.Pair]] = [:]
        for stream in streams.streams {
            guard let shape = streams[stream], let from = from[stream] else { continue }
            for block in Self.firstBlock(below: from, shape)..<shape.depth {
                blocks[stream, default: [:]][block] = LoRA.Pair(
                    "block.\(block).\(stream.rawValue)", width: shape.widths[block], rank: rank,
                    using: &generator)
            }
        }
        self.blocks = blocks
        self.slope = slope
        self.pooling = pooling
    }

    /// The first block of the stage in which the last block below another is.
    fileprivate static func firstBlock(below block: Int, _ shape: StreamShape) -> Int {
        shape.stageStarts.last { $0 < block } ?? 0
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard let states = streams[stream], var run = states.run, let blocks = blocks[stream],
                states.layers.count == run.block - Self.firstBlock(below: run.block, run.shape)
            else { preconditionFailure("DTL reads the input of every block below in the stage") }
            let starts = run.shape.stageStarts, first = run.block - states.layers.count
            var sum: Variable?
            func gather(_ x: Variable, _ block: Int) {
                guard let part = blocks[block]?(x) else { return }
                sum = starts.contains(block) ? part : sum.map { $0 + part } ?? part
            }
            for (index, tokens) in states.layers.enumerated() { gather(tokens, first + index) }
            if let sum { run.state = run.state + sum.swish(slope) }
            while run.block < run.shape.depth {
                gather(run.state, run.block)
                let x = run.fed(run.attended())
                run.leave(with: sum.map { x + $0.swish(slope) } ?? x)
            }
            adapted.set(
                stream, to: pooling == .patches ? run.finalOfPatches() : run.final(),
                tokens: run.keepsTokens ? run.tokens() : nil)
        }
        return adapted
    }
}
