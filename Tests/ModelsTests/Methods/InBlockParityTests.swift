import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Methods within blocks against PyTorch modules that were written from the same equations.
@Suite struct InBlockParityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let backbone: SuffixCase
        let first: Int
        let method: String
        let name: String

        var testDescription: String { name }
    }

    static let cases =
        ["av-pea", "lora", "vpt-deep"].map {
            Case(backbone: .vit, first: 0, method: $0, name: "vit/\($0)")
        } + [
            Case(backbone: .swin, first: 2, method: "av-pea", name: "swin/av-pea"),
            // Shifted windows, merging, and windows that are not shifted.
            Case(backbone: .swin, first: 1, method: "vpt-shallow", name: "swin/vpt-shallow"),
        ]

    /// A matrix in the order in which maps have it here; prompts are no map.
    private func ordered(_ value: Tensor, _ name: String) -> Tensor {
        guard value.shape.count == 2, !name.hasSuffix("prompts") else { return value }
        var result = Tensor(shape: [value.columns, value.rows])
        for r in 0..<value.rows {
            for c in 0..<value.columns {
                result.elements[c * value.rows + r] = value.elements[r * value.columns + c]
            }
        }
        return result
    }

    @Test(arguments: cases)
    func forwardAndGradientsAgreeWithPyTorch(test: Case) throws {
        let file = try Reference.tensors("in-block")
        func reference(_ name: String) throws -> Tensor { try file.tensor("\(test.name)/\(name)") }
        let suffix = try test.backbone.suffix(from: test.first)
        var generator = SplitMix64(seed: 1)
        let method = try MethodCatalog.make(
            MethodCatalog.Choice(
                name: test.method, options: test.method.hasPrefix("vpt") ? ["tokens": 3] : [:]),
            placement: .suffix(.all(test.first)),
            streams: [.visual: suffix.shape, .audio: suffix.shape], using: &generator)
        for parameter in method.parameters {
            let value = ordered(try reference("param/\(parameter.name)"), parameter.name)
            try #require(value.shape == parameter.value.shape, "\(parameter.name)")
            parameter.value = value
        }
        let prefix = "\(test.name)/param/"
        let names = file.entries.keys.filter { $0.hasPrefix(prefix) }
        #expect(
            Set(names.map { String($0.dropFirst(prefix.count)) })
                == Set(method.parameters.map(\.name)))

        try withTape { tape in
            var states: [Models.Stream: StreamStates] = [:]
            for stream in [Models.Stream.visual, .audio] {
                let input = tape.constant(try reference("input/\(stream.rawValue)"))
                states[stream] = StreamStates(run: SuffixRun(suffix, input))
            }
            let adapted = method(states)
            let visual = try #require(adapted[.visual]), audio = try #require(adapted[.audio])
            #expect(relativeError(visual.value, try reference("output/visual")) < 1e-5)
            #expect(relativeError(audio.value, try reference("output/audio")) < 1e-5)
            tape.backward(
                from: visual.concatenated(with: audio), cotangent: try reference("cotangent"))
        }
        for parameter in method.parameters {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has none")
            let expected = ordered(try reference("grad/\(parameter.name)"), parameter.name)
            let error = relativeError(gradient, expected)
            #expect(error < 1e-4, "\(parameter.name): \(error)")
        }
    }
}
