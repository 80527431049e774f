public import Neural
public import Tensors

extension MethodKind {
    /// Disentangled transfer learning, the one method that stands beside some blocks and within others.
    static let dtl = MethodKind(
        name: "dtl", defaults: ["rank": 2, "slope": 100],
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
                guard site.placement.taps(stream) == Array(0..<from) else {
                    return .refused(
                        "it reads the input of every block below; placement.hybrid.below must list 0 "
                            + "to \(from - 1)")
                }
                guard Set(shape.widths).count == 1 else {
                    return .refused(
                        "its sum goes through all blocks, and those of the \(stream.rawValue) backbone "
                            + "differ in width")
                }
                seams[stream] = (0...from).map { .init(layer: $0, tokens: .all) }
            }
            return MethodDeclaration(seams: seams, exactness: .hybrid)
        },
        make: { site, generator throws(MethodCatalog.Error) in
            DTL(
                site.streams, rank: try site.options.integer("rank", in: 1...4096),
                slope: Float(try site.options.number("slope")), using: &generator)
        })
}

/// DTL: a low-rank sum over the inputs of all blocks, given back to the stream from some block on.
///
///     R ← R + Xˡ Aₗ Bₗ before block l,   Xˡ⁺¹ = Blockₗ(Xˡ)
///     Xˡ⁺¹ ← Xˡ⁺¹ + R · σ(βR) from the block below the first that runs
///
/// Inputs of blocks below are read from the cache, and so is the raw output of the last of them. B begins
/// at zero: untrained, nothing is changed.
///
/// Source: Fu, Zhu, Wu, *DTL: Disentangled Transfer Learning for Visual Recognition*, 2024
/// (arXiv:2312.07856), where 7 of 12 blocks lie below.
public struct DTL: Method {
    /// By stream, of each block.
    let blocks: [Stream: [LoRA.Pair]]
    private let slope: Float

    public var parameters: [Parameter] {
        blocks.streams.flatMap { (blocks[$0] ?? []).flatMap(\.parameters) }
    }

    /// Creates matrices that change nothing yet.
    public init(
        _ streams: [Stream: StreamShape], rank: Int = 2, slope: Float = 100,
        using generator: inout SplitMix64
    ) {
        var blocks: [Stream: [LoRA.Pair]] = [:]
        for stream in streams.streams {
            guard let shape = streams[stream] else { continue }
            blocks[stream] = (0..<shape.depth).map { block in
                LoRA.Pair(
                    "block.\(block).\(stream.rawValue)", width: shape.widths[block], rank: rank,
                    using: &generator)
            }
        }
        self.blocks = blocks
        self.slope = slope
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> [Stream: Variable] {
        var outputs: [Stream: Variable] = [:]
        for stream in streams.streams {
            guard let states = streams[stream], var run = states.run, let blocks = blocks[stream],
                states.layers.count == run.block
            else { preconditionFailure("DTL reads the input of every block below those that run") }
            var sum: Variable?
            func gather(_ x: Variable, _ block: Int) {
                let part = blocks[block](x)
                sum = sum.map { $0 + part } ?? part
            }
            for (block, tokens) in states.layers.enumerated() {
                gather(tokens, block)
            }
            if let sum { run.state = run.state + sum.swish(slope) }
            while run.block < run.shape.depth {
                gather(run.state, run.block)
                let x = run.fed(run.attended())
                run.leave(with: sum.map { x + $0.swish(slope) } ?? x)
            }
            outputs[stream] = run.final()
        }
        return outputs
    }
}
