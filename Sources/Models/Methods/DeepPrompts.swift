public import Neural
public import Tensors

extension MethodKind {
    /// Visual prompt tuning in its deep form.
    static let deepPrompts = MethodKind(
        name: "vpt-deep", defaults: ["tokens": 10],
        declare: { site throws(MethodCatalog.Error) in
            guard case .suffix = site.placement else {
                return .refused("its prompts enter the attention of blocks; use placement suffix")
            }
            return .suffix(site.placement, site.streams)
        },
        make: { site, generator throws(MethodCatalog.Error) in
            DeepPrompts(
                site.streams,
                from: site.streams.keys.reduce(into: [:]) {
                    $0[$1] = site.blocks($1).lowerBound
                }, tokens: try site.options.integer("tokens", in: 1...4096), using: &generator)
        })
}

/// Deep prompts: tokens of its own in each block, which the others attend to.
///
/// Prompts that are put in front of every block's input and dropped behind the block are extra rows of
/// keys and values: their own queries, residuals and feed-forward results are never read. Keys and
/// values are made of the prompts as of tokens, after the first norm of a pre-norm block. Untrained, the
/// model is not the frozen one.
///
/// Source: Jia et al., *Visual Prompt Tuning*, 2022 (arXiv:2203.12119), eq. 6; drawn as the authors'
/// code does, uniform within ±√(6 / (3 p² + D)) for patches of side p.
public struct DeepPrompts: Method {
    /// By stream and block, `[P, C]`.
    let prompts: [Stream: [Int: Parameter]]

    public var parameters: [Parameter] {
        prompts.streams.flatMap { stream in
            (prompts[stream] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// Creates prompts for each block from the first on.
    public init(
        _ streams: [Stream: StreamShape], from first: [Stream: Int], tokens: Int = 10,
        using generator: inout SplitMix64
    ) {
        var prompts: [Stream: [Int: Parameter]] = [:]
        for stream in streams.streams {
            guard let shape = streams[stream] else { continue }
            for block in (first[stream] ?? shape.depth)..<shape.depth {
                let size = [tokens, shape.widths[block]]
                let bound = shape.promptBound(width: size[1])
                prompts[stream, default: [:]][block] = Parameter(
                    "block.\(block).\(stream.rawValue).prompts",
                    .random(in: -bound...bound, shape: size, using: &generator))
            }
        }
        self.prompts = prompts
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard var run = streams[stream]?.run else {
                preconditionFailure("prompts are put before blocks of all streams")
            }
            let tape = run.state.tape
            adapted.finish(stream, &run) { block in
                var hooks = AttentionHooks()
                hooks.prompts = prompts[stream]?[block].map { Prompts(shared: tape.variable($0)) }
                return hooks
            }
        }
        return adapted
    }
}

extension StreamShape {
    /// Prompts of a width are drawn uniformly within this bound.
    func promptBound(width: Int) -> Float {
        // Where there are no patches, that of a uniform number of deviation 0.02.
        patchSide.map { (6 / Float(3 * $0 * $0 + width)).squareRoot() }
            ?? 0.02 * Float(3).squareRoot()
    }
}
