public import Neural
public import Tensors

/// AV-PEA beside the backbones: the class token of a stream is its only intermediary to the other.
///
/// A side vector z for each stream climbs over cached layers. At tap i, with other stream m̄:
///
///     S = LN(Sᵢ),   u = S_class · Wᶜ,   T = S_patches · Wᵖ
///     z ← u at the lowest tap, else μ z + (1 − μ) u with μ = σ(α / 0.1)
///     z ← z + g · softmax(z T_m̄ᵀ / √d) T_m̄
///     z ← z + Up(ReLU(Down(LN z)))
///     out = final + Linear(LN z)
///
/// Without reading, the third line is left out and the streams do not meet.
///
/// Both streams attend to tokens made of cached states alone, so their order does not matter. The
/// last linear map starts at zero: an untrained ladder is the frozen backbone.
///
/// The module is that of Radman and Laaksonen, *AV-PEA: Parameter-Efficient Adapter for
/// Audio-Visual Multimodal Learning*, VISAPP 2024. The ladder form is a reconstruction, not in the
/// paper.
public struct AVPEALadder: Method {
    /// What determines the shape of the ladder.
    public struct Configuration: Sendable {
        /// Widths of the final states.
        public var visual: Int
        public var audio: Int

        /// Width `d` of the side vectors; even.
        public var width: Int

        /// Widths of the tapped layers, lowest first; as many of both streams.
        public var visualTaps: [Int]
        public var audioTaps: [Int]

        /// Whether side vectors read the other stream.
        public var isReading = true

        public init(visual: Int, audio: Int, width: Int = 128, taps: Int) {
            self.visual = visual
            self.audio = audio
            self.width = width
            visualTaps = Array(repeating: visual, count: taps)
            audioTaps = Array(repeating: audio, count: taps)
        }
    }

    let taps: [(visual: Tap, audio: Tap)]
    let visualOutput: Output
    let audioOutput: Output
    /// What scores of the attention are multiplied by: 1 / √d.
    var scale: Float

    public var parameters: [Parameter] {
        taps.flatMap { $0.visual.parameters + $0.audio.parameters }
            + visualOutput.parameters + audioOutput.parameters
    }

    /// Creates an untrained ladder, which changes nothing yet.
    public init(_ configuration: Configuration, using generator: inout SplitMix64) {
        let width = configuration.width
        let count = configuration.visualTaps.count
        precondition(width.isMultiple(of: 2) && count > 0 && count == configuration.audioTaps.count)
        taps = (0..<count).map { index in
            (
                Tap(
                    "tap.\(index).visual", features: configuration.visualTaps[index], width: width,
                    isLowest: index == 0, isReading: configuration.isReading, using: &generator),
                Tap(
                    "tap.\(index).audio", features: configuration.audioTaps[index], width: width,
                    isLowest: index == 0, isReading: configuration.isReading, using: &generator)
            )
        }
        visualOutput = Output(
            "out.visual", width: width, features: configuration.visual, using: &generator)
        audioOutput = Output(
            "out.audio", width: width, features: configuration.audio, using: &generator)
        scale = 1 / Float(width).squareRoot()
    }

    public func callAsFunction(_ streams: [Stream: StreamStates]) -> AdaptedStreams {
        guard let visual = streams[.visual], let audio = streams[.audio] else {
            preconditionFailure("a ladder joins a visual and an audio stream")
        }
        precondition(visual.taps.count == taps.count && audio.taps.count == taps.count)
        var z: (visual: Variable, audio: Variable)?
        for (index, tap) in taps.enumerated() {
            let (v, a) = (visual.taps[index], audio.taps[index])
            z = (
                tap.visual.climb(z?.visual, own: v) {
                    tap.audio.read(a.patches, by: $0, scale: scale)
                },
                tap.audio.climb(z?.audio, own: a) {
                    tap.visual.read(v.patches, by: $0, scale: scale)
                }
            )
        }
        guard let z else { preconditionFailure("a ladder has a tap") }
        var adapted = AdaptedStreams()
        adapted.set(.visual, to: visual, changedBy: visualOutput(z.visual))
        adapted.set(.audio, to: audio, changedBy: audioOutput(z.audio))
        // A text takes no part in the exchange.
        if let text = streams[.text] { adapted.set(.text, to: text) }
        return adapted
    }

    /// What one stream does at one tap.
    struct Tap: Module {
        let norm: LayerNorm
        let classProjection: Linear

        /// The map of patches that the other stream reads, and the gate of what is read of it; nil where the
        /// streams do not meet.
        let exchange: (patches: Linear, gate: Parameter)?
        let mix: Parameter?
        let bottleneckNorm: LayerNorm
        let down: Linear
        let up: Linear

        var parameters: [Parameter] {
            norm.parameters + classProjection.parameters
                + (exchange.map { $0.patches.parameters + [$0.gate] } ?? [])
                + (mix.map { [$0] } ?? [])
                + bottleneckNorm.parameters + down.parameters + up.parameters
        }

        init(
            _ name: String, features: Int, width: Int, isLowest: Bool, isReading: Bool,
            using generator: inout SplitMix64
        ) {
            norm = LayerNorm("\(name).norm", features: features)
            classProjection = Linear(
                "\(name).class", inputs: features, outputs: width, hasBias: false, using: &generator
            )
            exchange =
                isReading
                ? (
                    Linear(
                        "\(name).patch", inputs: features, outputs: width, hasBias: false,
                        using: &generator),
                    Parameter("\(name).gate", Tensor([1], shape: []))
                ) : nil
            mix = isLowest ? nil : Parameter("\(name).mix", Tensor([0], shape: []))
            bottleneckNorm = LayerNorm("\(name).bottleneck.norm", features: width)
            down = Linear(
                "\(name).bottleneck.down", inputs: width, outputs: width / 2, using: &generator)
            up = Linear(
                "\(name).bottleneck.up", inputs: width / 2, outputs: width, using: &generator)
        }

        /// What the other stream's side vector reads of this stream's patches, `[rows, d]`; nil where it reads
        /// nothing.
        func read(_ patches: Variable, by z: Variable, scale: Float) -> Variable? {
            exchange.map { norm.attention(of: z, to: patches, through: $0.patches, scale: scale) }
        }

        /// The side vector after this tap, `[rows, d]`; `reading` gives what it reads of the other stream.
        func climb(
            _ below: Variable?, own: StreamStates.Tap, reading: (Variable) -> Variable?
        ) -> Variable {
            var z = norm(own.classToken, then: classProjection)
            if let below, let mix { z = below.mixed(with: z, by: mix, temperature: 0.1) }
            if let exchange, let read = reading(z) { z = z + read.scaled(by: exchange.gate) }
            return z + up(down(bottleneckNorm(z)).relu())
        }
    }

    /// From a side vector back to the width of its stream.
    struct Output: Module {
        let norm: LayerNorm
        let linear: Linear

        var parameters: [Parameter] { norm.parameters + linear.parameters }

        init(
            _ name: String, width: Int, features: Int,
            using generator: inout SplitMix64
        ) {
            norm = LayerNorm("\(name).norm", features: width)
            linear = Linear(
                "\(name).linear", inputs: width, outputs: features, initial: .zero,
                using: &generator)
        }

        func callAsFunction(_ z: Variable) -> Variable { linear(norm(z)) }
    }
}
