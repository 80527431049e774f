import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Methods beside some blocks and within others, on both streams, on a ViT and on a Swin Transformer.
@Suite struct HybridTests {
    private func outputs(
        _ method: any Models.Method, _ inputs: HybridCase.Inputs
    ) -> [Models.Stream: Tensor] {
        withTape(recording: false) { method(inputs.streams(on: $0)).pooled.mapValues(\.value) }
    }

    /// A fresh one is the frozen backbone to the bit, and one whose parameters have moved is not.
    @Test(arguments: HybridCase.all)
    func untrainedIsFrozen(test: HybridCase) throws {
        let inputs = try test.inputs()
        let fresh = outputs(try test.fresh(for: inputs), inputs)
        let moved = outputs(try test.moved(for: inputs), inputs)
        for (stream, suffix) in inputs.suffixes {
            let entry = try #require(inputs.states[stream]?.last)
            let frozen = withTape(recording: false) { tape in
                var run = SuffixRun(suffix, tape.constant(entry))
                run.run(to: run.shape.depth)
                let isWhole = test.options["pooling"] == "backbone"
                return (isWhole ? run.final() : run.finalOfPatches()).value
            }
            #expect(fresh[stream] == frozen, "\(stream)")
            #expect(relativeError(try #require(moved[stream]), frozen) > 1e-3, "\(stream)")
        }
    }

    @Test(arguments: HybridCase.all)
    func gradientsAgreeWithDifferences(test: HybridCase) throws {
        let inputs = try test.inputs(), method = try test.moved(for: inputs)
        expectGradients(of: method.parameters, step: 0.003, tolerance: 0.02) { tape in
            method(inputs.streams(on: tape)).joined()
        }
    }

    @Test(arguments: HybridCase.all)
    func forwardAndGradientsAgreeWithPyTorch(test: HybridCase) throws {
        let file = try Reference.tensors("hybrid")
        func reference(_ name: String) throws -> Tensor { try file.tensor("\(test.name)/\(name)") }
        let inputs = try test.inputs { try reference("input/\($0.rawValue).\($1)") }
        let method = try test.fresh(for: inputs)
        let prefix = "\(test.name)/param/"
        let stored = file.entries.keys.filter { $0.hasPrefix(prefix) }
        #expect(
            Set(stored.map { String($0.dropFirst(prefix.count)) })
                == Set(method.parameters.map(\.name)))
        for parameter in method.parameters {
            let value = try reference("param/\(parameter.name)").turned(as: parameter)
            try #require(value.shape == parameter.value.shape, "\(parameter.name)")
            parameter.value = value
        }
        try withTape { tape in
            let adapted = method(inputs.streams(on: tape))
            for stream in adapted.pooled.streams {
                let error = relativeError(
                    try #require(adapted[stream]).value,
                    try reference("output/\(stream.rawValue)"))
                #expect(error < 1e-5, "\(stream): \(error)")
            }
            let joined = try #require(ClipMethodCase.joined(adapted))
            let cotangent = try adapted.pooled.streams.flatMap {
                try reference("cotangent/\($0.rawValue)").elements
            }
            tape.backward(from: joined, cotangent: Tensor(cotangent, shape: joined.shape))
        }
        for parameter in method.parameters {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has none")
            let expected = try reference("grad/\(parameter.name)").turned(as: parameter)
            let error = relativeError(gradient, expected)
            #expect(error < 1e-4, "\(parameter.name): \(error)")
        }
    }

    /// The input of each block below is a part of the result.
    @Test(arguments: HybridCase.all)
    func everyStateBelowIsRead(test: HybridCase) throws {
        let inputs = try test.inputs(), method = try test.moved(for: inputs)
        let before = outputs(method, inputs)
        for (stream, below) in test.below {
            for index in below.indices {
                var changed = inputs
                changed.states[stream]?[index].elements.reverse()
                let after = outputs(method, changed)
                #expect(after[stream] != before[stream], "\(stream), block \(below[index])")
                let other = stream == .visual ? Models.Stream.audio : .visual
                #expect(after[other] == before[other])
            }
        }
    }

    static let switches: [(method: String, change: [String: MethodOption])] = [
        ("dtl", ["rank": 4]), ("dtl", ["slope": 1]), ("dtl", ["pooling": "backbone"]),
    ]

    @Test(arguments: switches)
    func switchChangesTheOutput(method: String, change: [String: MethodOption]) throws {
        let test = try #require(HybridCase.all.first { $0.method == method })
        let inputs = try test.inputs()
        let before = outputs(try test.moved(for: inputs), inputs)
        let after = outputs(try test.moved(for: inputs, change), inputs)
        for stream in before.streams {
            #expect(
                relativeError(try #require(after[stream]), try #require(before[stream])) > 1e-4)
        }
    }
}

extension Tensor {
    /// The values of a parameter that PyTorch keeps, in the order in which maps have them here.
    func turned(as parameter: Parameter) -> Tensor {
        guard parameter.isLinearMap else { return self }
        var result = Tensor(shape: [columns, rows])
        for r in 0..<rows {
            for c in 0..<columns { result.elements[c * rows + r] = elements[r * columns + c] }
        }
        return result
    }
}
