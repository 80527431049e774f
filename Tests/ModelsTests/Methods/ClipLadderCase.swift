import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// The ladder of a method that stands within blocks as well, on made-up states of two clips.
struct ClipLadderCase: Sendable, CustomTestStringConvertible {
    let name: String
    var options: [String: MethodOption]
    var segments = 3

    /// How far parameters are moved for differences: less where that crosses the kinks of rectifiers.
    var step: Float = 0.005

    var testDescription: String { "\(name) \(options)" }

    static func avPEA(_ options: [String: MethodOption] = [:]) -> Self {
        Self(name: "av-pea", options: ["width": 8].merging(options) { $1 }, step: 5e-4)
    }

    static func copl(_ options: [String: MethodOption] = [:]) -> Self {
        let small: [String: MethodOption] = [
            "specificTokens": 3, "interactionTokens": 2, "bankTokens": 2, "bankSize": 4,
            "temperature": 0.5, "width": 8, "heads": 2,
        ]
        return Self(name: "copl", options: small.merging(options) { $1 })
    }

    static func lstta(_ options: [String: MethodOption] = [:], segments: Int = 3) -> Self {
        let small: [String: MethodOption] = ["sideWidth": 8]
        return Self(name: "lstta", options: small.merging(options) { $1 }, segments: segments)
    }

    /// Ladders of each method, and of switches that have parameters of their own.
    static let all = [
        avPEA(), avPEA(["attention": "off"]), copl(), topk,
        copl(["coupling": "shared-index", "queryLevel": "clip"]), lstta(),
        lstta(["importance": "sigmoid", "heads": 2, "window": 1]), lstta(["language": "off"]),
    ]

    /// With one entry, since which of several is the best is no smooth function.
    private static let topk = copl(["selection": "topk", "bankSize": 1, "pull": 0.7])

    private static let taps = [1, 3]
    private static let clips = 2

    /// Of widths that differ; the audio stream has no class token.
    private var shapes: [Models.Stream: StreamShape] {
        let pair: [Models.Stream: StreamShape] = [
            .visual: StreamShape(widths: [24, 24, 24]),
            .audio: StreamShape(widths: [20, 20, 20], specials: 0, pooling: .mean),
        ]
        guard name == "lstta", options["language"] != "off" else { return pair }
        return pair.merging([.text: StreamShape(widths: [12, 12, 12])]) { $1 }
    }

    /// The method, as it begins.
    func fresh(_ changes: [String: MethodOption] = [:]) throws -> any Models.Method {
        var generator = SplitMix64(seed: 11)
        return try MethodCatalog.make(
            MethodCatalog.Choice(name: name, options: options.merging(changes) { $1 }),
            placement: .ladder(.all(Self.taps)), streams: shapes, segments: segments,
            using: &generator)
    }

    /// The method with its parameters moved away from where they begin.
    func moved(_ changes: [String: MethodOption] = [:]) throws -> any Models.Method {
        let method = try fresh(changes)
        method.parameters.forEach(ClipMethodCase.move)
        return method
    }

    /// What ladders are given: of all streams more than each of them reads.
    ///
    /// A segment of the visual stream has no data, and one text is shorter than the other.
    func states(on tape: Tape) -> [Models.Stream: StreamStates] {
        var generator = SplitMix64(seed: 5), states: [Models.Stream: StreamStates] = [:]
        for stream in shapes.streams {
            guard let width = shapes[stream]?.width else { continue }
            let rows = stream == .text ? Self.clips : Self.clips * segments
            func random(_ shape: [Int]) -> Variable {
                tape.constant(.random(shape: shape, using: &generator))
            }
            var known = Tensor(repeating: stream == .text ? 5 : 1, shape: [rows])
            if stream == .visual { known.elements[1] = 0 }
            if stream == .text { known.elements[rows - 1] -= 2 }
            states[stream] = StreamStates(
                taps: Self.taps.map { _ in
                    StreamStates.Tap(
                        classToken: random([rows, width]), patches: random([rows, 4, width]))
                }, layers: Self.taps.map { _ in random([rows, 5, width]) },
                descriptors: Self.taps.map { _ in random([rows, width]) },
                final: random([rows, width]),
                valid: stream == .text ? nil : tape.constant(known),
                lengths: stream == .text ? tape.constant(known) : nil)
        }
        return states
    }

    /// Everything that a method makes, side by side.
    func output(of method: any Models.Method, on tape: Tape) -> Variable {
        guard let joined = ClipMethodCase.joined(method(states(on: tape))) else {
            preconditionFailure("a ladder returns its streams")
        }
        return joined
    }
}
