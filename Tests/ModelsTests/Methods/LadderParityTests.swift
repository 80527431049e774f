import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Side networks against the PyTorch modules that exported adapters load with.
@Suite struct LadderParityTests {
    /// What is added to all scores of a softmax has no effect.
    private func hasEffect(_ parameter: Parameter) -> Bool {
        !["weight.bias", "key.bias"].contains { parameter.name.hasSuffix($0) }
    }

    @Test(arguments: LadderCase.all)
    func forwardAndGradientsAgreeWithPyTorch(test: LadderCase) throws {
        let file = try Reference.tensors("ladders"), method = try test.load(file)
        func differentiate(check: (AdaptedStreams) throws -> Void) throws {
            try withTape { tape in
                let adapted = method(try test.states(file, on: tape))
                try check(adapted)
                let cotangent =
                    try test.reference("cotangent", of: file).elements
                    + adapted.penalties.map { _ in 1 }
                tape.backward(
                    from: test.flattened(adapted),
                    cotangent: Tensor(cotangent, shape: [1, cotangent.count]))
            }
        }
        let sensitivities = try sensitivities(of: method.parameters) { try differentiate { _ in } }
        try differentiate { adapted in
            for stream in test.streams.streams {
                let expected = try test.reference("output/\(stream.rawValue)", of: file)
                #expect(relativeError(try #require(adapted[stream]).value, expected) < 1e-5)
            }
            for penalty in adapted.penalties {
                let expected = try test.reference("penalty", of: file).elements[0]
                #expect(abs(penalty.value.elements[0] - expected) < 1e-5 * expected)
            }
        }
        for (parameter, sensitivity) in zip(method.parameters, sensitivities) {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has none")
            let expected = try test.reference(
                "grad/\(parameter.name)", of: file, isLinearMap: parameter.isLinearMap)
            guard hasEffect(parameter) else {
                #expect(gradient.elements.allSatisfy { abs($0) < 1e-5 }, "\(parameter.name)")
                continue
            }
            let error = relativeError(gradient, expected)
            #expect(error < 1e-4 + sensitivity, "\(parameter.name): \(error)")
        }
    }

    @Test(arguments: LadderCase.all)
    func parametersAreThoseOfPyTorch(test: LadderCase) throws {
        let file = try Reference.tensors("ladders"), names = try test.make().parameters.map(\.name)
        let prefix = "\(test.name)/param/"
        let stored = file.entries.keys.filter { $0.hasPrefix(prefix) }
        #expect(Set(names).count == names.count)
        #expect(Set(stored.map { String($0.dropFirst(prefix.count)) }) == Set(names))
    }

    @Test(arguments: LadderCase.all)
    func gradientsAgreeWithDifferences(test: LadderCase) throws {
        let file = try Reference.tensors("ladders"), method = try test.load(file)
        let inputs = try withTape { try test.states(file, on: $0).mapValues(Stored.init) }
        // Small enough that no element of a rectifier changes its sign.
        expectGradients(of: method.parameters, step: 5e-4, tolerance: 0.01) { tape in
            test.flattened(method(inputs.mapValues { $0.states(on: tape) }))
        }
    }

    @Test(arguments: LadderCase.all)
    func replaysAndThreadsChangeNoBit(test: LadderCase) throws {
        let file = try Reference.tensors("ladders"), method = try test.load(file)
        func run(threads: Int, replayed: Bool) throws -> [Tensor] {
            method.parameters.forEach { $0.zeroGradient() }
            var output = Tensor(shape: [])
            try withTape(pool: WorkerPool(threads: threads)) { tape in
                let loss = test.flattened(method(try test.states(file, on: tape)))
                if replayed { tape.replay() }
                output = loss.value
                tape.backward(from: loss, cotangent: Tensor(repeating: 1, shape: loss.shape))
            }
            return [output] + method.parameters.compactMap(\.gradient)
        }
        let once = try run(threads: 1, replayed: false)
        #expect(try run(threads: 3, replayed: false) == once)
        #expect(try run(threads: 1, replayed: true) == once)
    }

    /// Where heads read tokens, these are adapted as well, and the class token among them as without.
    @Test func classTokenOfUniPTNeedsNoOtherTokens() throws {
        let file = try Reference.tensors("ladders"), test = try LadderCase.named("unipt-tokens")
        let method = try test.load(file)
        try withTape { tape in
            let states = try test.states(file, on: tape)
            let visual = try #require(states[.visual]), tokens = try #require(visual.finalTokens)
            let whole = method(states)
            let alone = method([
                .visual: StreamStates(taps: visual.taps, final: tokens.token(at: 0)),
                .audio: try #require(states[.audio]),
            ])
            #expect(whole.tokens[.visual]?.shape == tokens.shape && alone.tokens[.visual] == nil)
            let a = try #require(whole[.visual]).value, b = try #require(alone[.visual]).value
            #expect(relativeError(a, b) < 1e-6)
            #expect(whole.tokens[.visual]?.token(at: 0).value == a)
            #expect(
                try #require(whole.tokens[.audio]?.meanOverTokens()).value == whole[.audio]?.value)
        }
    }

    /// Heads that read tokens get those of LST, whose class token or mean is the pooled state.
    @Test func tokensOfLSTArePooledAsItsStates() throws {
        let file = try Reference.tensors("ladders"), test = try LadderCase.named("lst")
        let method = try test.load(file)
        try withTape { tape in
            var generator = SplitMix64(seed: 9)
            var states = try test.states(file, on: tape)
            for (stream, shape) in test.streams {
                let old = try #require(states[stream])
                let count = old.taps[0].patches.shape[1] + (shape.hasClassToken ? 1 : 0)
                let tokens = tape.constant(
                    .random(shape: [3, count, shape.width], using: &generator))
                states[stream] = StreamStates(
                    taps: old.taps, final: shape.pooling(tokens), finalTokens: tokens)
            }
            let adapted = method(states)
            for (stream, shape) in test.streams {
                let tokens = try #require(adapted.tokens[stream])
                let pooled = try #require(adapted[stream]).value
                #expect(relativeError(shape.pooling(tokens).value, pooled) < 1e-6)
            }
        }
    }
}

/// Values of states, to be put on other tapes.
private struct Stored {
    private let taps: [(Tensor, Tensor)]
    private let final: Tensor?
    private let finalTokens: Tensor?

    init(_ states: StreamStates) {
        taps = states.taps.map { ($0.classToken.value, $0.patches.value) }
        (final, finalTokens) = (states.final?.value, states.finalTokens?.value)
    }

    func states(on tape: Tape) -> StreamStates {
        StreamStates(
            taps: taps.map {
                StreamStates.Tap(classToken: tape.constant($0.0), patches: tape.constant($0.1))
            }, final: final.map { tape.constant($0) },
            finalTokens: finalTokens.map { tape.constant($0) })
    }
}
