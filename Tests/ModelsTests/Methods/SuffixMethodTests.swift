import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Methods within frozen blocks, on small backbones with random weights.
@Suite struct SuffixMethodTests {
    /// Final rows of both streams, which have backbones of one kind, and gradients by name.
    static func run(
        _ method: any Models.Method, _ suffix: FrozenSuffix, _ inputs: [Tensor],
        threads: Int = 1
    ) -> (outputs: [Models.Stream: Tensor], gradients: [String: Tensor]) {
        method.parameters.forEach { $0.zeroGradient() }
        var outputs: [Models.Stream: Tensor] = [:]
        withTape(pool: WorkerPool(threads: threads)) { tape in
            var states: [Models.Stream: StreamStates] = [:]
            for (stream, input) in zip([Models.Stream.visual, .audio], inputs) {
                states[stream] = StreamStates(run: SuffixRun(suffix, tape.constant(input)))
            }
            let adapted = method(states)
            outputs = adapted.pooled.mapValues(\.value)
            let joined = adapted.joined()
            guard joined.needsGradient else { return }
            var generator = SplitMix64(seed: 5)
            tape.backward(
                from: joined, cotangent: .random(shape: joined.shape, using: &generator))
        }
        return (
            outputs,
            Dictionary(
                uniqueKeysWithValues: method.parameters.compactMap { parameter in
                    parameter.gradient.map { (parameter.name, $0) }
                })
        )
    }

    /// Adapters in blocks ≥ k, with the states below run as blocks or read: the same bits.
    @Test(arguments: MethodCase.sites)
    func suffixIsTheWholeNetworkForEveryBlock(site: MethodCase.Site) throws {
        let test = site.backbone
        let visual = try test.states(seeds: [1, 2, 3]), audio = try test.states(seeds: [4, 5, 6])
        let whole = try test.suffix(from: 0), depth = whole.shape.depth
        for first in 0...depth {
            let shapes: [Models.Stream: StreamShape] = [.visual: whole.shape, .audio: whole.shape]
            let method = try site.method.make(from: first, shapes)
            // In the network: every block runs, from the very first state.
            let online = Self.run(method, whole, [visual[0], audio[0]])
            // The seam as that network computes it.
            let seams = [visual[0], audio[0]].map { input in
                withTape { tape in
                    var run = SuffixRun(whole, tape.constant(input))
                    run.run(to: first)
                    return run.state.value
                }
            }
            let cached = Self.run(method, try test.suffix(from: first), seams)
            #expect(cached.outputs == online.outputs, "from \(first)")
            #expect(Set(cached.gradients.keys) == Set(method.parameters.map(\.name)))
            #expect(cached.gradients == online.gradients, "from \(first)")
            #expect(method.buffers.isEmpty != site.method.hasBuffers || first == depth)
            // A seam that is one block off gives something else.
            let off = first == depth ? first - 1 : first + 1
            guard visual[off].shape == seams[0].shape else { continue }
            let wrong = Self.run(
                method, try test.suffix(from: first), [visual[off], audio[off]])
            #expect(wrong.outputs != online.outputs)
        }
    }

    @Test(arguments: MethodCase.sites)
    func bytesDoNotDependOnThreads(site: MethodCase.Site) throws {
        let test = site.backbone, states = try test.states(seeds: [1, 2, 3]),
            suffix = try test.suffix(from: 1)
        let method = try site.method.make(
            from: 1, [.visual: suffix.shape, .audio: suffix.shape])
        let serial = Self.run(method, suffix, [states[1], states[1]])
        let parallel = Self.run(method, suffix, [states[1], states[1]], threads: 3)
        #expect(serial.outputs == parallel.outputs && serial.gradients == parallel.gradients)
    }

    /// What begins closed is the frozen backbone, whatever the seam.
    @Test(
        arguments: MethodCase.sites + [
            .init(method: MethodCase(name: "linear-probe"), backbone: .vit)
        ])
    func untrainedIsAsDocumented(site: MethodCase.Site) throws {
        let states = try site.backbone.states(seeds: [1, 2])
        let suffix = try site.backbone.suffix(from: 1)
        var generator = SplitMix64(seed: 3)
        let method = try MethodCatalog.make(
            site.method.choice, placement: .suffix(1),
            streams: [.visual: suffix.shape, .audio: suffix.shape], using: &generator)
        let frozen = withTape { tape in
            var run = SuffixRun(suffix, tape.constant(states[1]))
            run.run(to: run.shape.depth)
            return run.final().value
        }
        let outputs = Self.run(method, suffix, [states[1], states[1]]).outputs
        for stream in [Models.Stream.visual, .audio] {
            let output = try #require(outputs[stream])
            switch site.method.start {
            case .frozen: #expect(output == frozen)
            case .near(let error):
                #expect(output != frozen && relativeError(output, frozen) < error)
            case .moved: #expect(relativeError(output, frozen) > 1e-3)
            }
        }
    }

    @Test(arguments: MethodCase.sites)
    func gradientsAgreeWithDifferences(site: MethodCase.Site) throws {
        let test = site.backbone
        let states = try test.states(seeds: [1, 2]), other = try test.states(seeds: [3, 4])
        let first = states.count - 2, suffix = try test.suffix(from: first)
        let method = try site.method.make(
            from: first, [.visual: suffix.shape, .audio: suffix.shape])
        expectGradients(
            of: method.parameters, step: site.method.step, tolerance: 0.02,
            recording: site.method.hasBuffers
        ) { tape in
            method([
                .visual: StreamStates(run: SuffixRun(suffix, tape.constant(states[first]))),
                .audio: StreamStates(run: SuffixRun(suffix, tape.constant(other[first]))),
            ]).joined()
        }
    }

    /// Text among the streams: adapters of its own, or none where the method joins two streams.
    @Test(arguments: MethodCase.all)
    func textFlowsThroughSuffixes(test: MethodCase) throws {
        let vit = try SuffixCase.vit.states(seeds: [1, 2])
        let bert = try SuffixCase.bert.states(seeds: [3, 4])
        let picture = try SuffixCase.vit.suffix(from: 1), text = try SuffixCase.bert.suffix(from: 2)
        let method = try test.make(
            from: 1,
            [.visual: picture.shape, .audio: picture.shape, .text: text.shape],
            placement: .suffix(.each([.visual: 1, .audio: 1, .text: 2])))
        withTape { tape in
            let adapted = method([
                .visual: StreamStates(run: SuffixRun(picture, tape.constant(vit[1]))),
                .audio: StreamStates(run: SuffixRun(picture, tape.constant(vit[1]))),
                .text: StreamStates(run: SuffixRun(text, tape.constant(bert[2]))),
            ])
            #expect(adapted[.text]?.shape == [2, text.shape.width])
            #expect(adapted[.text]?.needsGradient == test.adaptsText)
            let frozen = Array(bert[3].elements[0..<text.shape.width])
            let first = adapted[.text].map { Array($0.value.elements[0..<text.shape.width]) }
            #expect((first == frozen) == !test.adaptsText)
        }
    }
}
