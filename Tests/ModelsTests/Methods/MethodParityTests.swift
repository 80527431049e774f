import Foundation
import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// Methods within blocks against the PyTorch modules that load what avprep exports.
@Suite struct MethodParityTests {
    /// A case as the references describe it.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let backbones: [String: String]
        let first: [String: Int]
        let method: [String: MethodOption]

        var testDescription: String { name }

        /// The method, whose name is among its options here.
        var choice: MethodCatalog.Choice {
            guard case .text(let name)? = method["name"] else {
                preconditionFailure("a method has a name")
            }
            return MethodCatalog.Choice(
                name: name, options: method.filter { $0.key != "name" })
        }

        func suffix(_ stream: Models.Stream) throws -> FrozenSuffix {
            let folder = try #require(backbones[stream.rawValue])
            let sizes: [String: BackboneInput.Size] = [
                "bert": .text(tokens: 9), "deit": .picture(height: 32, width: 32),
            ]
            return try SuffixCase(
                folder: folder, size: sizes[folder] ?? .picture(height: 64, width: 64)
            ).suffix(from: try #require(first[stream.rawValue]))
        }
    }

    private static let streams = [Models.Stream.visual, .audio]

    static let cases: [Case] = {
        do {
            let text = try Reference.tensors("methods").metadata["cases"] ?? ""
            return try JSONDecoder().decode([Case].self, from: Data(text.utf8))
        } catch {
            preconditionFailure("the references of methods cannot be read: \(error)")
        }
    }()

    /// As it lies here: a plain map has its matrix transposed.
    private func ordered(_ value: Tensor, like parameter: Parameter) -> Tensor {
        guard parameter.isLinearMap else { return value }
        var result = Tensor(shape: [value.columns, value.rows])
        for r in 0..<value.rows {
            for c in 0..<value.columns {
                result.elements[c * value.rows + r] = value.elements[r * value.columns + c]
            }
        }
        return result
    }

    private func outputs(
        _ method: any Models.Method, _ suffixes: [Models.Stream: FrozenSuffix],
        _ reference: (String) throws -> Tensor, on tape: Tape
    ) throws -> AdaptedStreams {
        var states: [Models.Stream: StreamStates] = [:]
        for (stream, suffix) in suffixes {
            let input = tape.constant(try reference("input/\(stream.rawValue)"))
            states[stream] = StreamStates(run: SuffixRun(suffix, input))
        }
        return method(states)
    }

    @Test(arguments: cases)
    func forwardAndGradientsAgreeWithPyTorch(test: Case) throws {
        let file = try Reference.tensors("methods")
        func reference(_ name: String) throws -> Tensor { try file.tensor("\(test.name)/\(name)") }
        func names(_ part: String) -> Set<String> {
            let prefix = "\(test.name)/\(part)/"
            return Set(
                file.entries.keys.filter { $0.hasPrefix(prefix) }
                    .map { String($0.dropFirst(prefix.count)) })
        }
        var suffixes: [Models.Stream: FrozenSuffix] = [:]
        for stream in Self.streams { suffixes[stream] = try test.suffix(stream) }
        var generator = SplitMix64(seed: 1), first: [Models.Stream: Int] = [:]
        for stream in Self.streams { first[stream] = test.first[stream.rawValue] }
        let method = try MethodCatalog.make(
            test.choice, placement: .suffix(.each(first)), streams: suffixes.mapValues(\.shape),
            using: &generator)
        #expect(names("param") == Set(method.parameters.map(\.name)))
        #expect(names("buffer") == Set(method.buffers.map(\.name)))
        for (part, values) in [("param", method.parameters), ("buffer", method.buffers)] {
            for parameter in values {
                let value = ordered(try reference("\(part)/\(parameter.name)"), like: parameter)
                try #require(value.shape == parameter.value.shape, "\(parameter.name)")
                parameter.value = value
            }
        }
        func differentiate(check: (AdaptedStreams) throws -> Void) throws {
            try withTape { tape in
                let adapted = try outputs(method, suffixes, reference, on: tape)
                try check(adapted)
                tape.backward(from: adapted.joined(), cotangent: try reference("cotangent"))
            }
        }
        let sensitivities = try sensitivities(of: method.parameters) { try differentiate { _ in } }
        for buffer in method.buffers { buffer.value = try reference("buffer/\(buffer.name)") }
        try differentiate { adapted in
            for stream in Self.streams {
                let output = try #require(adapted[stream]).value
                let expected = try reference("output/\(stream.rawValue)")
                #expect(relativeError(output, expected) < 1e-5)
            }
        }
        try expectGradients(of: method, reference, sensitivities)
        guard !method.buffers.isEmpty else { return }
        for buffer in method.buffers {
            let expected = try reference("updated/\(buffer.name)")
            #expect(relativeError(buffer.value, expected) < 1e-5, "\(buffer.name)")
        }
        try withTape(recording: false) { tape in
            let adapted = try outputs(method, suffixes, reference, on: tape)
            for stream in Self.streams {
                let output = try #require(adapted[stream]).value
                let expected = try reference("evaluated/\(stream.rawValue)")
                #expect(relativeError(output, expected) < 1e-5)
            }
        }
    }

    private func expectGradients(
        of method: any Models.Method, _ reference: (String) throws -> Tensor,
        _ sensitivities: [Double]
    ) throws {
        func norm(_ x: Tensor) -> Double {
            x.elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
        let expected = try method.parameters.map {
            ordered(try reference("grad/\($0.name)"), like: $0)
        }
        let largest = expected.map(norm).max() ?? 0
        for ((parameter, expected), sensitivity) in zip(
            zip(method.parameters, expected), sensitivities)
        {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has none")
            // What a batch norm takes out again, or what nothing reads behind the last block.
            guard norm(expected) > 1e-12 * largest else {
                #expect(norm(gradient) < 1e-5 * largest, "\(parameter.name)")
                continue
            }
            let error = relativeError(gradient, expected)
            #expect(error < 1e-4 + sensitivity, "\(parameter.name): \(error)")
        }
    }
}
