import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// A method at some place, on small backbones with random weights: CoPL and LSTTA, whose rows belong to clips.
struct ClipMethodCase: Sendable, CustomTestStringConvertible {
    var name: String
    var options: [String: MethodOption] = [:]
    var backbones: [Models.Stream: SuffixCase]
    var first: [Models.Stream: Int]
    var segments = 3

    var testDescription: String { "\(name) \(options) on \(backbones.map(\.value.folder))" }

    static let smallCoPL: [String: MethodOption] = [
        "specificTokens": 3, "interactionTokens": 2, "bankTokens": 2, "bankSize": 4, "rank": 3,
        "couplingRank": 3, "bankGroup": 2, "temperature": 0.5,
    ]

    /// Of two streams with one kind of backbone, from a block on.
    static func copl(
        _ options: [String: MethodOption] = [:], on backbone: SuffixCase = .vit, from first: Int = 1
    ) -> Self {
        Self(
            name: "copl", options: smallCoPL.merging(options) { $1 },
            backbones: [.visual: backbone, .audio: backbone],
            first: [.visual: first, .audio: first])
    }

    /// Of these and a text.
    static func lstta(
        _ options: [String: MethodOption] = [:], on backbone: SuffixCase = .vit, from first: Int = 1
    ) -> Self {
        let small: [String: MethodOption] = ["width": 4]
        var test = Self(
            name: "lstta", options: small.merging(options) { $1 },
            backbones: [.visual: backbone, .audio: backbone, .text: .bert],
            first: [.visual: first, .audio: first, .text: first])
        if options["language"] == "off" {
            (test.backbones[.text], test.first[.text]) = (nil, nil)
        }
        return test
    }

    var placement: Placement { .suffix(.each(first)) }

    func suffixes(from blocks: [Models.Stream: Int]) throws -> [Models.Stream: FrozenSuffix] {
        var suffixes: [Models.Stream: FrozenSuffix] = [:]
        for (stream, backbone) in backbones {
            suffixes[stream] = try backbone.suffix(from: blocks[stream] ?? 0)
        }
        return suffixes
    }

    /// The method, as it begins.
    func fresh(_ shapes: [Models.Stream: StreamShape]) throws -> any Models.Method {
        var generator = SplitMix64(seed: 11)
        return try MethodCatalog.make(
            MethodCatalog.Choice(name: name, options: options), placement: placement,
            streams: shapes, segments: segments, using: &generator)
    }

    /// The method with its parameters moved away from where they begin, the same for the same name.
    func moved(_ shapes: [Models.Stream: StreamShape]) throws -> any Models.Method {
        let method = try fresh(shapes)
        method.parameters.forEach(Self.move)
        return method
    }

    static func move(_ parameter: Parameter) {
        let seed = parameter.name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
        var own = SplitMix64(seed: seed)
        let base: Float = ["norm.weight", "gate"].contains { parameter.name.hasSuffix($0) } ? 1 : 0
        let noise = Tensor.random(in: -0.3...0.3, shape: parameter.value.shape, using: &own)
        parameter.value = Tensor(noise.elements.map { base + $0 }, shape: noise.shape)
    }

    /// States that enter a layer, of two clips or of one, with a segment of the visual stream without data and a
    /// text that is shorter than the other.
    func states(
        layer: [Models.Stream: Int], clips: Int = 1
    ) throws -> [Models.Stream: (state: Tensor, valid: Tensor)] {
        var found: [Models.Stream: (state: Tensor, valid: Tensor)] = [:]
        for (stream, backbone) in backbones {
            let rows = stream == .text ? clips : clips * segments
            let offset: UInt64 = stream == .audio ? 100 : 1
            let states = try backbone.states(seeds: (0..<UInt64(rows)).map { $0 + offset })
            var valid = Tensor(
                repeating: stream == .text ? Float(states[0].shape[1]) : 1, shape: [rows])
            if stream == .visual, segments > 1 { valid.elements[1] = 0 }
            if stream == .text { valid.elements[rows - 1] -= 2 }
            found[stream] = (states[layer[stream] ?? 0], valid)
        }
        return found
    }

    struct Result: Equatable {
        var outputs: [Models.Stream: Tensor] = [:]
        var penalty: Tensor?
        var gradients: [String: Tensor] = [:]
    }

    /// The method's streams on a tape.
    static func streams(
        _ suffixes: [Models.Stream: FrozenSuffix],
        _ states: [Models.Stream: (state: Tensor, valid: Tensor)], on tape: Tape
    ) -> [Models.Stream: StreamStates] {
        var streams: [Models.Stream: StreamStates] = [:]
        for stream in suffixes.streams {
            guard let suffix = suffixes[stream], let (state, valid) = states[stream] else {
                continue
            }
            let known = tape.constant(valid)
            let lengths = stream == .text ? known : nil
            streams[stream] = StreamStates(
                valid: stream == .text ? nil : known, lengths: lengths,
                run: SuffixRun(suffix, tape.constant(state), lengths: lengths))
        }
        return streams
    }

    /// Everything that a method makes side by side, `[1, n]`: rows of the streams, then penalties.
    static func joined(_ adapted: AdaptedStreams) -> Variable? {
        let parts = adapted.pooled.streams.compactMap { adapted.pooled[$0] } + adapted.penalties
        let flat = parts.map { $0.reshaped(to: [1, $0.count]) }
        return flat.first.map { flat.dropFirst().reduce($0) { $0.concatenated(with: $1) } }
    }

    static func run(
        _ method: any Models.Method, _ suffixes: [Models.Stream: FrozenSuffix],
        _ states: [Models.Stream: (state: Tensor, valid: Tensor)], threads: Int = 1
    ) -> Result {
        method.parameters.forEach { $0.zeroGradient() }
        var result = Result()
        withTape(pool: WorkerPool(threads: threads)) { tape in
            let adapted = method(streams(suffixes, states, on: tape))
            result.outputs = adapted.pooled.mapValues(\.value)
            result.penalty = adapted.penalties.first?.value
            guard let joined = joined(adapted), joined.needsGradient else { return }
            var generator = SplitMix64(seed: 5)
            tape.backward(
                from: joined, cotangent: .random(shape: joined.shape, using: &generator))
        }
        for parameter in method.parameters {
            if let gradient = parameter.gradient { result.gradients[parameter.name] = gradient }
        }
        return result
    }
}
