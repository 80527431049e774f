import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// CoPL and LSTTA on frozen blocks: what holds for every method there.
@Suite struct SeedMethodBlockTests {
    static let cases = [
        ClipMethodCase.copl(), .copl(on: .swin), .copl(["insertion": "raw-kv"]), .lstta(),
        .lstta(["language": "off"], on: .swin), .lstta(["lsfTarget": "stream"]),
    ]

    /// Adapters in blocks ≥ k, with the states below run as blocks or read: the same bits.
    @Test(arguments: [
        ClipMethodCase.copl(), .copl(on: .swin), .lstta(),
        .lstta(["language": "off"], on: .swin),
    ])
    func suffixIsTheWholeNetworkForEveryBlock(test: ClipMethodCase) throws {
        let whole = try test.suffixes(from: [:]), shapes = whole.mapValues(\.shape)
        let entry = try test.states(layer: [:])
        let depths = shapes.mapValues(\.depth)
        for first in 0...(depths.values.min() ?? 0) {
            var test = test
            test.first = test.first.mapValues { _ in first }
            let method = try test.moved(shapes)
            let online = ClipMethodCase.run(method, whole, entry)
            var seams = entry
            withTape { tape in
                for (stream, states) in ClipMethodCase.streams(whole, entry, on: tape) {
                    guard var run = states.run else { continue }
                    run.run(to: first)
                    seams[stream]?.state = run.state.value
                }
            }
            let cached = ClipMethodCase.run(method, try test.suffixes(from: test.first), seams)
            #expect(cached == online, "from \(first)")
            #expect(Set(cached.gradients.keys) == Set(method.parameters.map(\.name)))
        }
    }

    @Test(arguments: cases)
    func bytesDoNotDependOnThreads(test: ClipMethodCase) throws {
        let suffixes = try test.suffixes(from: test.first)
        let states = try test.states(layer: test.first, clips: 2)
        let method = try test.moved(suffixes.mapValues(\.shape))
        let serial = ClipMethodCase.run(method, suffixes, states)
        #expect(ClipMethodCase.run(method, suffixes, states, threads: 3) == serial)
        // Each parameter has a part in it.
        #expect(Set(serial.gradients.keys) == Set(method.parameters.map(\.name)))
    }

    static let gradients = [
        ClipMethodCase.copl(["queryDetach": false]), .copl(["queryDetach": false], on: .swin),
        .copl(["queryDetach": false, "insertion": "raw-kv", "promptGate": "tanh"]),
        .copl(["queryDetach": false, "selection": "topk", "selected": 2, "pull": 0.7]),
        .copl(["queryDetach": false, "coupling": "shared-index", "queryLevel": "clip"]),
        .lstta(["lsfTarget": "stream"]), .lstta(["importance": "sigmoid", "heads": 2]),
        .lstta(["language": "off"], on: .swin),
    ]

    @Test(arguments: gradients)
    func gradientsAgreeWithDifferences(test: ClipMethodCase) throws {
        var test = test
        for (stream, backbone) in test.backbones {
            test.first[stream] = try backbone.suffix(from: 0).shape.depth - 2
        }
        let suffixes = try test.suffixes(from: test.first)
        let states = try test.states(layer: test.first)
        let method = try test.moved(suffixes.mapValues(\.shape))
        expectGradients(of: method.parameters, step: 0.005, tolerance: 0.02) { tape in
            let adapted = method(ClipMethodCase.streams(suffixes, states, on: tape))
            guard let joined = ClipMethodCase.joined(adapted) else { preconditionFailure("none") }
            return joined
        }
    }

    /// A method, and an option that is to change what it makes.
    struct Switch: Sendable, CustomTestStringConvertible {
        var without: ClipMethodCase
        var options: [String: MethodOption]

        var testDescription: String { "\(without.name) \(options)" }

        var with: ClipMethodCase {
            var test =
                without.name == "copl"
                ? ClipMethodCase.copl(without.options.merging(options) { $1 })
                : .lstta(without.options.merging(options) { $1 })
            test.first = test.first.mapValues { _ in without.first[.visual] ?? 0 }
            return test
        }
    }

    static let switches: [Switch] = {
        let copl: [[String: MethodOption]] = [
            ["specific": false], ["interaction": false], ["bank": false], ["coupling": "own-query"],
            ["coupling": "shared-index"], ["selection": "topk"], ["queryLevel": "clip"],
            ["bankScope": "block"], ["bankScope": "all"], ["insertion": "raw-kv"],
            ["promptGate": "tanh"], ["depth": "shallow"], ["specificTokens": 4],
            ["interactionTokens": 4], ["bankTokens": 4], ["bankSize": 7], ["rank": 2],
            ["couplingRank": 2], ["temperature": 0.1], ["bankGroup": 1],
        ]
        let lstta: [[String: MethodOption]] = [
            ["lsf": false], ["ssi": false], ["window": 1], ["importance": "sigmoid"],
            ["lsfTarget": "stream"], ["language": "off"], ["language": "lsf-only"],
            ["language": "ssi-only"], ["textAdapter": false], ["heads": 2], ["width": 6],
            ["positions": [1, 3]],
        ]
        let others = [
            Switch(without: .copl(["selection": "topk"]), options: ["selected": 3]),
            Switch(without: .lstta(["window": 1]), options: ["window": "T"]),
        ]
        return copl.map { Switch(without: .copl(from: 0), options: $0) }
            + lstta.map { Switch(without: .lstta(), options: $0) } + others
    }()

    @Test(arguments: switches)
    func switchChangesTheOutput(test: Switch) throws {
        func outputs(_ test: ClipMethodCase) throws -> [Models.Stream: Tensor] {
            let suffixes = try test.suffixes(from: test.first)
            return ClipMethodCase.run(
                try test.moved(suffixes.mapValues(\.shape)), suffixes,
                try test.states(layer: test.first)
            ).outputs
        }
        let before = try outputs(test.without), after = try outputs(test.with)
        for stream in [Models.Stream.visual, .audio] {
            let x = try #require(before[stream]), y = try #require(after[stream])
            #expect(relativeError(x, y) > 1e-5, "\(stream)")
        }
    }

    /// What does not show in the output shows in the gradient, or in the penalty.
    @Test func querysGradientAndPullAreSwitches() throws {
        func result(_ options: [String: MethodOption]) throws -> ClipMethodCase.Result {
            let test = ClipMethodCase.copl(options), suffixes = try test.suffixes(from: test.first)
            return ClipMethodCase.run(
                try test.moved(suffixes.mapValues(\.shape)), suffixes,
                try test.states(layer: test.first))
        }
        let (detached, attached) = (try result([:]), try result(["queryDetach": false]))
        #expect(detached.outputs == attached.outputs)
        let name = "block.1.visual.specific"
        let x = try #require(detached.gradients[name]), y = try #require(attached.gradients[name])
        #expect(relativeError(x, y) > 1e-4)
        let weak = try result(["selection": "topk", "pull": 0.1])
        let strong = try result(["selection": "topk", "pull": 0.4])
        #expect(weak.outputs == strong.outputs)
        let (a, b) = (try #require(weak.penalty), try #require(strong.penalty))
        #expect(abs(4 * a.elements[0] - b.elements[0]) < 1e-5 * b.elements[0])
    }
}
