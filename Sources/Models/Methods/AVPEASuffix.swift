public import Neural
public import Tensors

/// AV-PEA within the blocks: two adapters in each pair of blocks, after attention and after the
/// feed-forward network.
///
///     Y = X + MHSA(LN₁ X) + A₁(X, X̄),   X⁺ = Y + MLP(LN₂ Y) + A₂(Y, Ȳ)      for both streams at once
///
/// with the other stream marked by a bar. Streams are adapted from the same pair, before either has
/// changed. Untrained, both gates of an adapter are closed, and the streams are the frozen ones.
///
/// The module is that of Radman and Laaksonen, *AV-PEA: Parameter-Efficient Adapter for Audio-Visual
/// Multimodal Learning*, VISAPP 2024; its equations are a reconstruction from what the paper says and
/// the count of its parameters.
public struct AVPEASuffix: Method {
    /// Whether the class token reads the other stream.
    public enum Attention: String, CaseIterable, Sendable {
        case ownClass = "own-class"
        case off
    }

    public struct Configuration: Sendable {
        public var visual: StreamShape
        public var audio: StreamShape

        /// The first blocks that run in the trainer; adapters are in pairs from these on.
        public var firstVisual: Int
        public var firstAudio: Int

        /// Width of a stream for each of its bottleneck.
        public var reduction: Int

        public var attention: Attention

        public init(
            visual: StreamShape, audio: StreamShape, firstVisual: Int = 0, firstAudio: Int = 0,
            reduction: Int = 16, attention: Attention = .ownClass
        ) {
            (self.visual, self.audio) = (visual, audio)
            (self.firstVisual, self.firstAudio) = (firstVisual, firstAudio)
            (self.reduction, self.attention) = (reduction, attention)
        }
    }

    /// The adapters of a pair of blocks.
    struct Pair {
        let blocks: (visual: Int, audio: Int)
        let attention: (visual: AVPEAAdapter, audio: AVPEAAdapter)
        let feedForward: (visual: AVPEAAdapter, audio: AVPEAAdapter)
    }

    let pairs: [Pair]

    public var parameters: [Parameter] {
        pairs.flatMap { pair in
            [
                pair.attention.visual, pair.attention.audio, pair.feedForward.visual,
                pair.feedForward.audio,
            ].flatMap(\.parameters)
        }
    }

    /// Creates untrained adapters, which change nothing yet.
    ///
    /// - Precondition: The blocks of the backbones make pairs.
    public init(_ configuration: Configuration, using generator: inout SplitMix64) {
        let visual = configuration.visual, audio = configuration.audio
        guard let blocks = BlockPairs.pairs(visual, audio) else {
            preconditionFailure("blocks of \(visual.depth) and \(audio.depth) make no pairs")
        }
        func adapter(
            _ name: String, _ width: Int, other: Int, _ shape: StreamShape, _ others: StreamShape,
            _ generator: inout SplitMix64
        ) -> AVPEAAdapter {
            AVPEAAdapter(
                name, width: width, other: other, hidden: max(1, width / configuration.reduction),
                shapes: (shape, others), isReading: configuration.attention == .ownClass,
                using: &generator)
        }
        pairs = blocks.filter {
            $0.visual >= configuration.firstVisual && $0.audio >= configuration.firstAudio
        }.map { pair in
            let widths = (visual.widths[pair.visual], audio.widths[pair.audio])
            func both(_ place: String) -> (visual: AVPEAAdapter, audio: AVPEAAdapter) {
                (
                    adapter(
                        "block.\(pair.visual).visual.\(place)", widths.0, other: widths.1, visual,
                        audio, &generator),
                    adapter(
                        "block.\(pair.audio).audio.\(place)", widths.1, other: widths.0, audio,
                        visual, &generator)
                )
            }
            return Pair(
                blocks: pair, attention: both("attention"), feedForward: both("feedForward"))
        }
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        guard var visual = streams[.visual]?.run, var audio = streams[.audio]?.run else {
            preconditionFailure("AV-PEA runs blocks of a visual and an audio stream")
        }
        for pair in pairs {
            visual.run(to: pair.blocks.visual)
            audio.run(to: pair.blocks.audio)
            let (v, a) = (visual.state, audio.state)
            let mid = (
                visual: visual.attended() + pair.attention.visual(v, a),
                audio: audio.attended() + pair.attention.audio(a, v)
            )
            let (y, z) = (visual.needed(mid.visual), audio.needed(mid.audio))
            visual.leave(with: visual.fed(y) + pair.feedForward.visual(y, mid.audio))
            audio.leave(with: audio.fed(z) + pair.feedForward.audio(z, mid.visual))
        }
        var adapted = AdaptedStreams()
        adapted.finish(.visual, &visual)
        adapted.finish(.audio, &audio)
        // A text takes no part in the exchange.
        if let text = streams[.text] { adapted.set(.text, to: text) }
        return adapted
    }
}
