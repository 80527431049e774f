import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

@Suite struct AVPEALadderTests {
    /// The sizes of the PyTorch reference.
    private let configuration = AVPEALadder.Configuration(visual: 24, audio: 20, width: 8, taps: 3)

    private func ladder(isReading: Bool = true) -> AVPEALadder {
        var generator = SplitMix64(seed: 3), configuration = configuration
        configuration.isReading = isReading
        return AVPEALadder(configuration, using: &generator)
    }

    /// Sets parameters from a reference, which stores matrices as `[outputs, inputs]`.
    private func load(_ parameters: [Parameter], from file: SafeTensors) throws {
        for parameter in parameters {
            let value = try file.tensor(parameter.name)
            parameter.value = Tensor(
                parameter.value.shape.count == 2 ? value.transposed.elements : value.elements,
                shape: parameter.value.shape)
        }
    }

    private func states(_ stream: String, of file: SafeTensors, on tape: Tape) throws
        -> StreamStates
    {
        StreamStates(
            taps: try (0..<3).map { tap in
                StreamStates.Tap(
                    classToken: tape.constant(try file.tensor("input/tap.\(tap).\(stream).class")),
                    patches: tape.constant(try file.tensor("input/tap.\(tap).\(stream).patches")))
            }, final: tape.constant(try file.tensor("input/final.\(stream)")))
    }

    private func outputs(
        of ladder: AVPEALadder, _ file: SafeTensors, on tape: Tape
    ) throws -> (visual: Variable, audio: Variable) {
        let out = ladder([
            .visual: try states("visual", of: file, on: tape),
            .audio: try states("audio", of: file, on: tape),
        ])
        return (try #require(out[.visual]), try #require(out[.audio]))
    }

    @Test func forwardAndGradientsAgreeWithPyTorch() throws {
        let file = try Reference.tensors("av-pea"), ladder = ladder()
        try load(ladder.parameters, from: file)
        var generator = SplitMix64(seed: 1)
        let hidden = Linear("head.hidden", inputs: 44, outputs: 16, using: &generator)
        let classes = Linear("head.classes", inputs: 16, outputs: 5, using: &generator)
        let head = hidden.parameters + classes.parameters
        try load(head, from: file)
        let targets = try file.tensor("input/targets").elements.map { Int($0) }

        try withTape { tape in
            let out = try outputs(of: ladder, file, on: tape)
            #expect(relativeError(out.visual.value, try file.tensor("output/visual")) < 1e-5)
            #expect(relativeError(out.audio.value, try file.tensor("output/audio")) < 1e-5)
            let logits = classes(hidden(out.visual.concatenated(with: out.audio)))
            #expect(relativeError(logits.value, try file.tensor("output/logits")) < 1e-5)
            let loss = logits.softmaxCrossEntropy(targets: targets)
            #expect(
                abs(loss.value.elements[0] - (try file.tensor("output/loss").elements[0])) < 1e-5)
            tape.backward(from: loss)
        }
        for parameter in ladder.parameters + head {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has no gradient")
            let stored = try file.tensor("grad/\(parameter.name)")
            let expected = Tensor(
                parameter.value.shape.count == 2 ? stored.transposed.elements : stored.elements,
                shape: gradient.shape)
            let error = relativeError(gradient, expected)
            #expect(error < 1e-4, "\(parameter.name): \(error)")
        }
    }

    /// The formula of the count, and what it gives for two backbones.
    @Test(arguments: [(768, 1_918_478), (1024, 2_512_910)])
    func parametersAreAsCounted(width: Int, expected: Int) {
        var generator = SplitMix64(seed: 1)
        let ladder = AVPEALadder(
            AVPEALadder.Configuration(visual: width, audio: width, width: 128, taps: 4),
            using: &generator)
        #expect(ladder.parameters.map(\.value.count).reduce(0, +) == expected)
    }

    @Test func untrainedLadderIsTheFrozenBackbone() throws {
        let file = try Reference.tensors("av-pea"), ladder = ladder()
        try withTape(recording: false) { tape in
            let visual = try states("visual", of: file, on: tape)
            let audio = try states("audio", of: file, on: tape)
            let out = ladder([.visual: visual, .audio: audio])
            #expect(out[.visual]?.value == visual.final?.value)
            #expect(out[.audio]?.value == audio.final?.value)
        }
    }

    @Test(arguments: [true, false])
    func eachStreamReadsTheOtherUnlessSwitchedOff(isReading: Bool) throws {
        let file = try Reference.tensors("av-pea"), ladder = ladder(isReading: isReading)
        try load(ladder.parameters, from: file)
        func visualOutput(audioScale: Float) throws -> Tensor {
            try withTape(recording: false) { tape in
                let audio = try states("audio", of: file, on: tape)
                let changed = StreamStates(
                    taps: audio.taps.map { tap in
                        var patches = tap.patches.value
                        // Reversed channels: a layer norm would hide a mere scale.
                        if audioScale < 0 { patches.elements.reverse() }
                        return StreamStates.Tap(
                            classToken: tap.classToken, patches: tape.constant(patches))
                    }, final: audio.final)
                let out = ladder([
                    .visual: try states("visual", of: file, on: tape), .audio: changed,
                ])
                return try #require(out[.visual]).value
            }
        }
        let plain = try visualOutput(audioScale: 1), reversed = try visualOutput(audioScale: -1)
        #expect(isReading ? relativeError(reversed, plain) > 1e-3 : reversed == plain)
    }

    @Test func parameterNamesAreDistinctAndComplete() throws {
        let names = ladder().parameters.map(\.name)
        #expect(Set(names).count == names.count)
        let file = try Reference.tensors("av-pea")
        let gradients = file.entries.keys.filter { $0.hasPrefix("grad/") && !$0.contains("head.") }
        #expect(Set(gradients.map { String($0.dropFirst(5)) }) == Set(names))
    }

    @Test(arguments: [
        ("av-pea", Placement.head, 8, "use placement ladder or suffix"),
        ("av-pea", .ladder([]), 8, "placement.ladder lists as many layers of both"),
        ("av-pea", .ladder([2, 1]), 8, "placement.ladder lists layers"),
        ("av-pea", .ladder([1]), 7, "method.width is 7"),
        ("linear-probe", .ladder([1]), 8, "use placement head"),
        ("capl", .head, 8, "method 'capl' is unknown (known: linear-probe, av-pea"),
    ])
    func impossibleCombinationIsRefused(
        name: String, placement: Placement, width: Int, reason: String
    ) {
        var generator = SplitMix64(seed: 1)
        let shape = StreamShape(widths: [8, 8, 8])
        let error = #expect(throws: MethodCatalog.Error.self) {
            try MethodCatalog.make(
                MethodCatalog.Choice(
                    name: name, options: name == "av-pea" ? ["width": .integer(width)] : [:]),
                placement: placement,
                streams: [.visual: shape, .audio: shape], using: &generator)
        }
        #expect(error?.description.contains(reason) == true)
    }
}
