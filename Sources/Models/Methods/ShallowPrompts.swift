public import Neural
import Tensors

extension MethodKind {
    /// Visual prompt tuning in its shallow form.
    static let shallowPrompts = MethodKind(
        name: "vpt-shallow", defaults: ["tokens": 10],
        declare: { site throws(MethodCatalog.Error) in
            guard case .suffix = site.placement else {
                return .refused(
                    "its prompts pass through the blocks as tokens; use placement suffix")
            }
            return .suffix(site.placement, site.streams)
        },
        make: { site, generator throws(MethodCatalog.Error) in
            try ShallowPrompts(site, using: &generator)
        })
}

/// Shallow prompts: tokens that enter each stream once, behind the class token at the first block that
/// runs, and pass through the blocks as all others do.
///
/// Where there is no class token they come first. In a Swin Transformer they stand before the tokens of
/// every window, and go on as the means of what the windows make of them; where patches are merged they
/// are repeated four times along channels. Behind the last block they are dropped. Untrained, the model is
/// not the frozen one.
///
/// Source: Jia et al., *Visual Prompt Tuning*, 2022 (arXiv:2203.12119), eq. 4–5, which puts them before the
/// lowest block; drawn as ``DeepPrompts`` are. In Swin Transformers as in the authors' code, which however
/// averages the prompts with the final tokens.
public struct ShallowPrompts: Method {
    /// By stream, and the block that they enter.
    let prompts: [Stream: Parameter]
    private let first: [Stream: Int]

    public var parameters: [Parameter] { prompts.streams.compactMap { prompts[$0] } }

    init(_ site: MethodSite, using generator: inout SplitMix64) throws(MethodCatalog.Error) {
        let count = try site.options.integer("tokens", in: 1...4096)
        var prompts: [Stream: Parameter] = [:]
        for stream in site.streams.streams {
            let blocks = site.blocks(stream)
            guard let shape = site.streams[stream], !blocks.isEmpty else { continue }
            let width = shape.widths[blocks.lowerBound]
            let bound = shape.promptBound(width: width)
            prompts[stream] = Parameter(
                "block.\(blocks.lowerBound).\(stream.rawValue).prompts",
                .random(in: -bound...bound, shape: [count, width], using: &generator))
        }
        self.prompts = prompts
        first = site.streams.keys.reduce(into: [:]) { $0[$1] = site.blocks($1).lowerBound }
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard var run = streams[stream]?.run else {
                preconditionFailure("prompts are put before blocks of all streams")
            }
            run.run(to: first[stream] ?? run.block)
            if let prompts = prompts[stream] { run.insert(run.state.tape.variable(prompts)) }
            adapted.finish(stream, &run)
        }
        return adapted
    }
}
