import Neural
import Tensors

/// LSTTA beside the backbones, which reads what stands for the whole of each segment, and texts in full.
///
/// States z of each stream climb over tapped layers. At tap i:
///
///     h = Linear(LN f),   above the lowest tap μ z + (1 − μ) h with μ = σ(α / 0.1)
///     u = exchange of h, as in ``LSTTAExchange``
///     z = u + Linear(GELU(Linear(LN u)))
///     out = final + Linear(LN z)             of a text what stands for the whole of z
///
/// The last map begins at zero: an untrained ladder is the frozen backbone. Segments without data stay as
/// they are.
///
/// A reconstruction: Liu et al., ACM MM 2023 (arXiv:2308.14274), has no form beside the backbones.
struct LSTTALadder: Method {
    /// What a stream has of a tap.
    struct Side: Module {
        let norm: LayerNorm
        let down: Linear

        /// α; nil at the lowest tap, and for a text that is only listened to, as is what follows.
        let mix: Parameter?
        let feedForward: FeedForward?

        var parameters: [Parameter] {
            norm.parameters + down.parameters + (mix.map { [$0] } ?? [])
                + (feedForward?.parameters ?? [])
        }
    }

    /// Linear(GELU(Linear(LN x))).
    struct FeedForward: Module {
        let norm: LayerNorm
        let up: Linear
        let down: Linear

        var parameters: [Parameter] { norm.parameters + up.parameters + down.parameters }

        func callAsFunction(_ x: Variable) -> Variable { down(up(norm(x)).gelu()) }
    }

    /// From z back to the width of a stream.
    struct Output: Module {
        let norm: LayerNorm
        let linear: Linear

        var parameters: [Parameter] { norm.parameters + linear.parameters }

        func callAsFunction(_ z: Variable) -> Variable { linear(norm(z)) }
    }

    let taps: [(sides: [Stream: Side], exchange: LSTTAExchange)]
    let outputs: [Stream: Output]
    private let segments: Int
    private let textPooling: TokenPooling

    var parameters: [Parameter] {
        taps.flatMap { tap in
            tap.sides.streams.flatMap { tap.sides[$0]?.parameters ?? [] } + tap.exchange.parameters
        } + outputs.streams.flatMap { outputs[$0]?.parameters ?? [] }
    }

    /// Creates an untrained ladder.
    init(
        _ shapes: [Stream: StreamShape], placement: Placement, segments: Int,
        _ options: LSTTAOptions, using generator: inout SplitMix64
    ) {
        let width = options.sideWidth
        self.segments = segments
        textPooling = shapes[.text]?.pooling ?? .mean
        let streams: [Stream] = options.usesText ? [.visual, .audio, .text] : [.visual, .audio]
        let changed = options.changesText ? streams : [.visual, .audio]
        taps = placement.taps(.visual).indices.map { index in
            func name(_ stream: Stream) -> String { "tap.\(index).\(stream.rawValue)" }
            var sides: [Stream: Side] = [:]
            for stream in streams {
                let features =
                    shapes[stream]?.width(ofLayer: placement.taps(stream)[index]) ?? 0
                let prefix = name(stream), isChanged = changed.contains(stream)
                sides[stream] = Side(
                    norm: LayerNorm("\(prefix).norm", features: features),
                    down: Linear(
                        "\(prefix).down", inputs: features, outputs: width, using: &generator),
                    mix: index > 0 && isChanged
                        ? Parameter("\(prefix).mix", Tensor([0], shape: [])) : nil,
                    feedForward: isChanged
                        ? Self.feedForward("\(prefix).feedForward", width, using: &generator) : nil)
            }
            return (
                sides, LSTTAExchange(width: width, options, using: &generator, name: name)
            )
        }
        var outputs: [Stream: Output] = [:]
        for stream in changed {
            outputs[stream] = Output(
                norm: LayerNorm("out.\(stream.rawValue).norm", features: width),
                linear: Linear(
                    "out.\(stream.rawValue).linear", inputs: width,
                    outputs: shapes[stream]?.width ?? 0, initial: .zero, using: &generator))
        }
        self.outputs = outputs
    }

    private static func feedForward(
        _ name: String, _ width: Int, using generator: inout SplitMix64
    ) -> FeedForward {
        FeedForward(
            norm: LayerNorm("\(name).norm", features: width),
            up: Linear("\(name).up", inputs: width, outputs: 2 * width, using: &generator),
            down: Linear("\(name).down", inputs: 2 * width, outputs: width, using: &generator))
    }

    func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        guard let visual = streams[.visual], let first = visual.descriptors.first else {
            preconditionFailure("LSTTA climbs beside a visual and an audio stream")
        }
        let clips = LSTTAClips(
            streams, rows: first.shape[0], segments: segments, text: textPooling, on: first.tape)
        var z: [Stream: Variable] = [:]
        for (index, tap) in taps.enumerated() {
            var h: [Stream: Variable] = [:]
            for stream in tap.sides.streams {
                guard let side = tap.sides[stream], let states = streams[stream] else { continue }
                let x = stream == .text ? states.layers[index] : states.descriptors[index]
                var rows = side.norm(x, then: side.down)
                if stream != .text { rows = clips.byClip(rows, stream) }
                if let below = z[stream], let mix = side.mix {
                    rows = below.mixed(with: rows, by: mix, temperature: 0.1)
                }
                h[stream] = rows
            }
            let exchanged = tap.exchange(h, in: clips)
            for stream in tap.sides.streams {
                guard let u = exchanged.rows[stream], let feed = tap.sides[stream]?.feedForward
                else { continue }
                z[stream] = u + feed(u)
            }
        }
        return adapted(streams, by: z, in: clips)
    }

    private func adapted(
        _ streams: [Stream: StreamStates], by z: [Stream: Variable], in clips: LSTTAClips
    ) -> AdaptedStreams {
        var adapted = AdaptedStreams()
        for stream in streams.streams {
            guard let states = streams[stream] else { continue }
            guard let output = outputs[stream], let z = z[stream] else {
                adapted.set(stream, to: states)
                continue
            }
            let rows =
                stream == .text
                ? output(clips.whole(z))
                : clips.masked(
                    output(z.reshaped(to: [z.shape[0] * z.shape[1], z.columns])), stream)
            adapted.set(stream, to: states, changedBy: rows)
        }
        return adapted
    }
}
