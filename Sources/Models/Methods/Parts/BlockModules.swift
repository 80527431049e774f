import Neural

/// Modules of a method by stream and block, in the blocks that run.
struct BlockModules<Part: Module>: Module {
    let parts: [Stream: [Int: Part]]

    var parameters: [Parameter] { ordered.flatMap(\.parameters) }
    var buffers: [Parameter] { ordered.flatMap(\.buffers) }

    /// Stream by stream, and block by block.
    private var ordered: [Part] {
        parts.streams.flatMap { stream in
            (parts[stream] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// Makes those of a site.
    ///
    /// - Parameters:
    ///   - site: Where the method is to stand.
    ///   - make: Makes that of a block of some width, whose parameters' names begin with `name`.
    init(_ site: MethodSite, make: (_ name: String, _ width: Int) -> Part) {
        var parts: [Stream: [Int: Part]] = [:]
        for stream in site.streams.streams {
            for block in site.blocks(stream) {
                let width = site.streams[stream]?.widths[block] ?? 0
                parts[stream, default: [:]][block] = make(
                    "block.\(block).\(stream.rawValue)", width)
            }
        }
        self.parts = parts
    }

    /// Runs all streams to the end, with hooks in each block.
    func finish(
        _ streams: [Stream: StreamStates],
        attention: (Part) -> AttentionHooks = { _ in AttentionHooks() },
        feedForward: (Part) -> FeedForwardHooks = { _ in FeedForwardHooks() }
    ) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard var run = streams[stream]?.run else {
                preconditionFailure("a method within the blocks runs those of all streams")
            }
            let parts = parts[stream] ?? [:]
            adapted.finish(
                stream, &run,
                hooks: { parts[$0].map(attention) ?? AttentionHooks() },
                feedForward: { parts[$0].map(feedForward) ?? FeedForwardHooks() })
        }
        return adapted
    }
}
