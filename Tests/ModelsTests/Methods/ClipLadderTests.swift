import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// The ladders of AV-PEA, CoPL and LSTTA.
@Suite struct ClipLadderTests {
    /// A fresh one is the frozen backbone to the bit, and one whose parameters have moved is not.
    @Test(arguments: ClipLadderCase.all)
    func untrainedIsFrozen(test: ClipLadderCase) throws {
        let fresh = try test.fresh(), moved = try test.moved()
        try withTape(recording: false) { tape in
            let states = test.states(on: tape)
            let adapted = fresh(states), other = moved(states)
            #expect(adapted.pooled.streams == states.streams)
            for stream in states.streams {
                let final = try #require(states[stream]?.final).value
                #expect(adapted[stream]?.value == final, "\(stream)")
                #expect(other[stream]?.value != final, "\(stream)")
            }
        }
    }

    @Test(arguments: ClipLadderCase.all)
    func gradientsAgreeWithDifferences(test: ClipLadderCase) throws {
        let method = try test.moved()
        expectGradients(of: method.parameters, step: test.step, tolerance: 0.02) { tape in
            test.output(of: method, on: tape)
        }
    }

    /// A ladder, and an option that is to change what it makes.
    struct Switch: Sendable, CustomTestStringConvertible {
        let ladder: ClipLadderCase
        let change: [String: MethodOption]

        var testDescription: String { "\(ladder.testDescription) → \(change)" }
    }

    static let switches: [Switch] = {
        let copl: [[String: MethodOption]] = [
            ["specific": false], ["interaction": false], ["bank": false], ["coupling": "own-query"],
            ["coupling": "shared-index"], ["selection": "topk"], ["queryLevel": "clip"],
            ["specificTokens": 4], ["interactionTokens": 4], ["bankTokens": 4], ["bankSize": 7],
            ["temperature": 0.1], ["width": 12], ["heads": 4],
        ]
        let lstta: [[String: MethodOption]] = [
            ["lsf": false], ["ssi": false], ["window": 1], ["importance": "sigmoid"],
            ["language": "off"], ["language": "lsf-only"], ["language": "ssi-only"],
            ["textAdapter": false], ["heads": 2], ["sideWidth": 12],
        ]
        let topk = ClipLadderCase.copl(["selection": "topk"])
        return [["width": 12], ["attention": "off"]].map { Switch(ladder: .avPEA(), change: $0) }
            + copl.map { Switch(ladder: .copl(), change: $0) }
            + [Switch(ladder: topk, change: ["selected": 3])]
            + lstta.map { Switch(ladder: .lstta(), change: $0) }
    }()

    @Test(arguments: switches)
    func switchChangesTheOutput(test: Switch) throws {
        let before = try test.ladder.moved(), after = try test.ladder.moved(test.change)
        try withTape(recording: false) { tape in
            let states = test.ladder.states(on: tape)
            let (x, y) = (before(states), after(states))
            for stream in [Models.Stream.visual, .audio] {
                let error = relativeError(
                    try #require(y[stream]).value, try #require(x[stream]).value)
                #expect(error > 1e-5, "\(stream)")
            }
        }
    }

    /// The pull of keys is a penalty alone, and its weight a factor of it.
    @Test func pullWeighsThePenalty() throws {
        let test = ClipLadderCase.copl(["selection": "topk"])
        func result(_ pull: Double) throws -> (rows: [Models.Stream: Tensor], penalty: Float) {
            let method = try test.moved(["pull": .number(pull)])
            return withTape(recording: false) { tape in
                let adapted = method(test.states(on: tape))
                let penalty = adapted.penalties.map { $0.value.elements[0] }.reduce(0, +)
                return (adapted.pooled.mapValues(\.value), penalty)
            }
        }
        let weak = try result(0.1), strong = try result(0.4)
        #expect(weak.rows == strong.rows && weak.penalty > 0.01)
        #expect(abs(4 * weak.penalty - strong.penalty) < 1e-5 * strong.penalty)
    }
}
