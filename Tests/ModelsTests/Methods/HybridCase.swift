import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// A method that stands beside some blocks and within others, at the sizes of the PyTorch reference.
struct HybridCase: Sendable, CustomTestStringConvertible {
    /// Prefix of its tensors in the references.
    let name: String
    let method: String
    var options: [String: MethodOption] = [:]
    let backbone: SuffixCase

    /// The blocks whose inputs are read, and the first that runs.
    let below: [Models.Stream: [Int]]
    let from: [Models.Stream: Int]

    var testDescription: String { name }

    /// A new method is one line here, and one in `tools/references/hybrid.py`.
    static let all = [
        HybridCase(
            name: "vit/dtl", method: "dtl", backbone: .vit,
            below: [.visual: [0, 1], .audio: [0, 1]], from: [.visual: 2, .audio: 2]),
        HybridCase(
            name: "vit/dtl-smooth", method: "dtl",
            options: ["rank": 3, "slope": 5, "pooling": "backbone"], backbone: .vit,
            below: [.visual: [0], .audio: [0, 1]], from: [.visual: 1, .audio: 2]),
        // The sum begins anew in stages above.
        HybridCase(
            name: "swin/dtl", method: "dtl", options: ["slope": 5], backbone: .swin,
            below: [.visual: [2], .audio: [4]], from: [.visual: 3, .audio: 5]),
    ]

    /// What a method is given.
    struct Inputs {
        var suffixes: [Models.Stream: FrozenSuffix] = [:]

        /// Inputs of the blocks below, and last that of the first that runs.
        var states: [Models.Stream: [Tensor]] = [:]

        func streams(on tape: Tape) -> [Models.Stream: StreamStates] {
            var streams: [Models.Stream: StreamStates] = [:]
            for (stream, suffix) in suffixes {
                let all = (states[stream] ?? []).map { tape.constant($0) }
                streams[stream] = StreamStates(
                    layers: Array(all.dropLast()), run: SuffixRun(suffix, all[all.count - 1]))
            }
            return streams
        }
    }

    /// Inputs of which each state is read by stream and block.
    func inputs(_ read: (Models.Stream, Int) throws -> Tensor) throws -> Inputs {
        var inputs = Inputs()
        for (stream, first) in from {
            inputs.suffixes[stream] = try backbone.suffix(from: first)
            inputs.states[stream] = try ((below[stream] ?? []) + [first]).map {
                try read(stream, $0)
            }
        }
        return inputs
    }

    /// Inputs that the backbone computes, others of each stream.
    func inputs() throws -> Inputs {
        let layers = [
            Models.Stream.visual: try backbone.states(seeds: [1, 2]),
            .audio: try backbone.states(seeds: [3, 4]),
        ]
        return try inputs { stream, layer in try #require(layers[stream])[layer] }
    }

    /// The method, as it begins.
    func fresh(
        for inputs: Inputs, _ changes: [String: MethodOption] = [:]
    ) throws -> any Models.Method {
        var generator = SplitMix64(seed: 11)
        return try MethodCatalog.make(
            MethodCatalog.Choice(name: method, options: options.merging(changes) { $1 }),
            placement: .hybrid(.init(below: .each(below), from: .each(from))),
            streams: inputs.suffixes.mapValues(\.shape), using: &generator)
    }

    /// The method with its parameters moved away from where they begin.
    func moved(
        for inputs: Inputs, _ changes: [String: MethodOption] = [:]
    ) throws -> any Models.Method {
        let method = try fresh(for: inputs, changes)
        method.parameters.forEach(ClipMethodCase.move)
        return method
    }
}
