import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Frozen blocks on a tape are those of the encoder.
@Suite struct TapedBlockTests {
    private func expectStates(_ test: SuffixCase, _ agree: (Tensor, Tensor) -> Bool) throws {
        let states = try test.states(seeds: [1, 2]), depth = states.count - 1
        for first in 0...depth {
            let suffix = try test.suffix(from: first)
            withTape(recording: first % 2 == 0) { tape in
                var run = SuffixRun(suffix, tape.constant(states[first]))
                while run.block < depth {
                    run.run(to: run.block + 1)
                    let error = relativeError(run.state.value, states[run.block])
                    #expect(
                        agree(run.state.value, states[run.block]),
                        "from \(first) to \(run.block): \(error)")
                }
            }
        }
    }

    /// Bit for bit, from any block on.
    @Test(arguments: SuffixCase.plain)
    func blocksGiveTheBitsOfTheEncoder(test: SuffixCase) throws {
        try expectStates(test) { $0 == $1 }
    }

    /// The encoder norms and reorders rows in one loop, which may round the last bit another way.
    @Test(arguments: SuffixCase.windowed)
    func windowedBlocksGiveTheStatesOfTheEncoder(test: SuffixCase) throws {
        try expectStates(test) { relativeError($0, $1) < 1e-6 }
    }

    /// The state that enters is moved along a random direction, in every kind of block.
    @Test(arguments: SuffixCase.plain + SuffixCase.windowed)
    func gradientsAgreeWithDifferences(test: SuffixCase) throws {
        let states = try test.states(seeds: [1, 2])
        for first in [0, states.count - 2] {
            let suffix = try test.suffix(from: first)
            let x = Parameter("x", states[first])
            expectGradients(of: [x], step: 0.01) { tape in
                var run = SuffixRun(suffix, tape.variable(x))
                run.run(to: run.shape.depth)
                return run.final()
            }
        }
    }

    /// Finishing leaves out what is not read, and changes no bit of what is.
    @Test(arguments: SuffixCase.plain + SuffixCase.windowed)
    func finishedIsTheWholeRun(test: SuffixCase) throws {
        let states = try test.states(seeds: [1, 2])
        for first in [0, states.count - 2, states.count - 1] {
            let suffix = try test.suffix(from: first)
            withTape { tape in
                var whole = SuffixRun(suffix, tape.constant(states[first])), part = whole
                whole.run(to: whole.shape.depth)
                #expect(part.finish().value == whole.final().value)
            }
        }
    }

    /// A text among longer ones has the states that it has alone.
    @Test func paddedTextsAreWhatTheyAreAlone() throws {
        let states = try SuffixCase.bert.states(seeds: [3])
        let (tokens, c) = (states[0].shape[1], states[0].shape[2])
        var padded = Tensor(shape: [2, tokens + 4, c])
        for i in states[0].elements.indices {
            padded.elements[i] = states[0].elements[i]
            padded.elements[(tokens + 4) * c + i] = states[0].elements[i]
        }
        let suffix = try SuffixCase.bert.suffix(from: 0)
        withTape { tape in
            var run = SuffixRun(
                suffix, tape.constant(padded),
                lengths: tape.constant(Tensor([Float(tokens), Float(tokens)], shape: [2])))
            run.run(to: run.shape.depth)
            let expected = Array(states[states.count - 1].elements[0..<c])
            #expect(Array(run.final().value.elements[0..<c]) == expected)
        }
    }

    @Test func blockThatDoesNotExistIsRefused() throws {
        let error = #expect(throws: BackboneError.self) { try SuffixCase.vit.suffix(from: 4) }
        #expect(error?.reason == "it has blocks 0 to 2")
    }
}
