import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// How CoPL begins within the blocks, and what its banks are asked by.
@Suite struct CoPLStartTests {
    static let starts = [
        ClipMethodCase.copl(), .copl(on: .swin), .copl(["insertion": "raw-kv"]),
        .copl(["insertion": "concatenated"]), .copl(["promptGate": "tanh"]),
        .copl(["specific": false, "interaction": false]),
        .copl(["specific": false, "bank": false]),
        .copl(["interaction": false, "bank": false]),
    ]

    /// Untrained, the model is not the frozen one: no kind of prompts begins closed, and a gate closes the
    /// values alone, while keys still take their share of the attention.
    @Test(arguments: starts)
    func untrainedIsMoved(test: ClipMethodCase) throws {
        let suffixes = try test.suffixes(from: test.first)
        let states = try test.states(layer: test.first)
        let fresh = ClipMethodCase.run(
            try test.fresh(suffixes.mapValues(\.shape)), suffixes, states
        ).outputs
        let frozen = ClipMethodCase.run(FrozenFeatures(), suffixes, states).outputs
        for (stream, rows) in frozen {
            #expect(relativeError(try #require(fresh[stream]), rows) > 1e-4, "\(stream)")
        }
    }

    /// Queries of the frozen final state are others than those of what enters a block.
    @Test func sourceOfQueriesChangesTheOutput() throws {
        func outputs(_ source: MethodOption) throws -> [Models.Stream: Tensor] {
            let test = ClipMethodCase.copl(["querySource": source])
            let suffixes = try test.suffixes(from: test.first)
            let states = try test.states(layer: test.first)
            let method = try test.moved(suffixes.mapValues(\.shape))
            let frozen = ClipMethodCase.run(FrozenFeatures(), suffixes, states).outputs
            return withTape(recording: false) { tape in
                var streams = ClipMethodCase.streams(suffixes, states, on: tape)
                for (stream, rows) in frozen {
                    streams[stream] = StreamStates(
                        final: tape.constant(rows), run: streams[stream]?.run)
                }
                return method(streams).pooled.mapValues(\.value)
            }
        }
        let input = try outputs("block-input"), final = try outputs("frozen-final")
        for (stream, rows) in input {
            #expect(relativeError(try #require(final[stream]), rows) > 1e-5, "\(stream)")
        }
    }
}
