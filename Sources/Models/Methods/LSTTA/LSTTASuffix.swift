import Neural
import Tensors

/// LSTTA between blocks: adapters that filter a clip's segments by importance and let streams exchange.
///
///     f_m = what stands for the whole of X_m,   h_m = Linear(LN f_m),   h_t = Linear(LN X_t)
///     u = exchange of h, as in ``LSTTAExchange``
///     X_m[t] ← X_m[t] + Linear(GELU(u_m[t])) for every token of segment t,   X_t[n] ← X_t[n] + Linear(GELU(u_t[n]))
///
/// The last map begins at zero: an untrained adapter changes nothing. Segments without data have rows of
/// zeros, and they and tokens behind the end of a text stay as they are.
///
/// The method is that of Liu et al., *Parameter-Efficient Transfer Learning for Audio-Visual-Language Tasks*,
/// ACM MM 2023 (arXiv:2308.14274); its equations are a reconstruction.
struct LSTTASuffix: Method {
    /// What a stream has of an adapter.
    struct Side: Module {
        let norm: LayerNorm
        let down: Linear

        /// Nil for a text that is only listened to.
        let up: Linear?

        /// γ, by which importance scales the stream; nil if it does not.
        let share: Parameter?

        var parameters: [Parameter] {
            norm.parameters + down.parameters + (up?.parameters ?? []) + (share.map { [$0] } ?? [])
        }
    }

    /// What stands at a boundary of each stream.
    struct Adapter: Module {
        let boundary: [Stream: Int]
        let sides: [Stream: Side]
        let exchange: LSTTAExchange

        var parameters: [Parameter] {
            sides.streams.flatMap { sides[$0]?.parameters ?? [] } + exchange.parameters
        }
    }

    let adapters: [Adapter]
    private let segments: Int
    private let textPooling: TokenPooling
    private let adaptedStreams: [Stream]

    var parameters: [Parameter] { adapters.flatMap(\.parameters) }

    /// Creates adapters that change nothing yet.
    init(
        _ shapes: [Stream: StreamShape], at boundaries: [[Stream: Int]], segments: Int,
        _ options: LSTTAOptions, using generator: inout SplitMix64
    ) {
        self.segments = segments
        textPooling = shapes[.text]?.pooling ?? .mean
        adaptedStreams = options.usesText ? [.visual, .audio, .text] : [.visual, .audio]
        adapters = boundaries.map { boundary in
            func name(_ stream: Stream) -> String {
                "boundary.\(boundary[stream] ?? 0).\(stream.rawValue)"
            }
            var sides: [Stream: Side] = [:]
            for stream in boundary.streams {
                guard let shape = shapes[stream], let place = boundary[stream] else { continue }
                let width = shape.width(ofLayer: place), prefix = name(stream)
                let isScaled = options.filters && options.target == .stream && stream != .text
                sides[stream] = Side(
                    norm: LayerNorm("\(prefix).norm", features: width),
                    down: Linear(
                        "\(prefix).down", inputs: width, outputs: options.width, using: &generator),
                    up: stream == .text && !options.changesText
                        ? nil
                        : Linear(
                            "\(prefix).up", inputs: options.width, outputs: width, initial: .zero,
                            using: &generator),
                    share: isScaled ? Parameter("\(prefix).share", Tensor([0], shape: [])) : nil)
            }
            return Adapter(
                boundary: boundary, sides: sides,
                exchange: LSTTAExchange(
                    width: options.width, options, using: &generator, name: name))
        }
    }

    func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        var runs: [Stream: SuffixRun] = [:]
        for stream in adaptedStreams { runs[stream] = streams[stream]?.run }
        guard let visual = runs[.visual] else {
            preconditionFailure("LSTTA runs blocks of a visual and an audio stream")
        }
        let clips = LSTTAClips(
            streams, rows: visual.state.shape[0], segments: segments, text: textPooling,
            on: visual.state.tape)
        for adapter in adapters {
            for stream in adaptedStreams {
                runs[stream]?.runNeeded(to: adapter.boundary[stream] ?? 0, isWhole: stream == .text)
            }
            apply(adapter, to: &runs, in: clips)
        }
        var adapted = AdaptedStreams()
        for stream in runs.streams {
            guard var run = runs[stream] else { continue }
            adapted.finish(stream, &run)
        }
        if !adaptedStreams.contains(.text), let text = streams[.text] {
            adapted.set(.text, to: text)
        }
        return adapted
    }

    /// Adds what an adapter makes of the streams at its boundary.
    private func apply(
        _ adapter: Adapter, to runs: inout [Stream: SuffixRun], in clips: LSTTAClips
    ) {
        var h: [Stream: Variable] = [:]
        for stream in adapter.sides.streams {
            guard let side = adapter.sides[stream], let run = runs[stream] else { continue }
            let x = stream == .text ? run.state : run.pooled(run.state)
            let rows = side.norm(x, then: side.down)
            h[stream] = stream == .text ? rows : clips.byClip(rows, stream)
        }
        let exchanged = adapter.exchange(h, in: clips)
        for stream in adapter.sides.streams {
            guard let side = adapter.sides[stream], let state = runs[stream]?.state,
                let u = exchanged.rows[stream], let change = side.up.map({ $0(u.gelu()) })
            else { continue }
            guard stream != .text else {
                runs[stream]?.state = state + clips.maskedText(change)
                continue
            }
            let rows = change.reshaped(to: [state.shape[0], change.columns])
            let scaled = scale(state, exchanged.importance[stream], side.share, clips, stream)
            runs[stream]?.state = scaled.adding(
                clips.masked(rows, stream), toTokens: 0..<state.shape[1])
        }
    }

    /// The tokens of segments by 1 + γ (s − 1), those without data by 1.
    private func scale(
        _ x: Variable, _ importance: Variable?, _ share: Parameter?, _ clips: LSTTAClips,
        _ stream: Stream
    ) -> Variable {
        guard let importance, let share else { return x }
        let ones = x.tape.constant(Tensor(repeating: 1, shape: [x.shape[0], 1]))
        let excess = clips.masked(importance.reshaped(to: ones.shape) - ones, stream)
        let factors = excess.scaled(by: share) + ones
        return x.reshaped(to: [x.shape[0], x.shape[1] * x.shape[2]]).scalingRows(by: factors)
            .reshaped(to: x.shape)
    }
}

extension SuffixRun {
    /// Runs blocks until `end` is the next, of the last one only what is read behind it.
    ///
    /// `isWhole` says that all tokens are read there.
    fileprivate mutating func runNeeded(to end: Int, isWhole: Bool) {
        while block < end {
            let y = attended()
            leave(with: fed(isWhole ? y : needed(y)))
        }
    }
}
