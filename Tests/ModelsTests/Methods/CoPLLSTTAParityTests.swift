import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// CoPL and LSTTA against the PyTorch modules that load their adapters; see `tools/references/copl_lstta.py`.
@Suite struct CoPLLSTTAParityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let prefix: String
        var options: [String: MethodOption] = [:]

        /// The first blocks that run; none beside the blocks.
        var first: [Models.Stream: Int] = [:]

        var testDescription: String { prefix }
        var method: String { prefix.contains("copl") ? "copl" : "lstta" }
        var isLadder: Bool { prefix.contains("ladder") }
        var segments: Int { method == "copl" ? 2 : 3 }

        /// What the reference has in all cases.
        var choice: MethodCatalog.Choice {
            let small: [String: MethodOption] =
                method == "copl"
                ? ClipMethodCase.smallCoPL.merging(isLadder ? ["width": 8, "heads": 2] : [:]) { $1 }
                : isLadder ? ["sideWidth": 8] : ["width": 4]
            var options = small.merging(options) { $1 }
            // What a ladder does not have is not to be given.
            if isLadder { for name in CoPLOptions.ofBlocks { options[name] = nil } }
            return MethodCatalog.Choice(name: method, options: options)
        }
    }

    static let cases = [
        Case(prefix: "vit/copl", first: [.visual: 0, .audio: 0]),
        Case(
            prefix: "vit/copl-topk",
            options: ["selection": "topk", "selected": 2, "bankScope": "block"],
            first: [.visual: 0, .audio: 0]),
        Case(
            prefix: "vit/copl-shared",
            options: ["coupling": "shared-index", "queryLevel": "clip", "queryDetach": false],
            first: [.visual: 0, .audio: 0]),
        Case(
            prefix: "vit/copl-raw",
            options: ["insertion": "raw-kv", "promptGate": "tanh", "coupling": "own-query"],
            first: [.visual: 0, .audio: 0]),
        Case(
            prefix: "vit/copl-final",
            options: ["querySource": "frozen-final", "depth": "shallow", "promptGate": "tanh"],
            first: [.visual: 1, .audio: 1]),
        Case(
            prefix: "mixed/copl", options: ["bankScope": "all"], first: [.visual: 0, .audio: 2]),
        Case(prefix: "vit/lstta", first: [.visual: 1, .audio: 1, .text: 1]),
        Case(
            prefix: "vit/lstta-stream",
            options: [
                "importance": "sigmoid", "lsfTarget": "stream", "heads": 2, "window": "T",
                "language": "lsf-only",
            ], first: [.visual: 1, .audio: 1, .text: 1]),
        Case(
            prefix: "vit/lstta-listening",
            options: ["language": "ssi-only", "textAdapter": false, "positions": [1, 3]],
            first: [.visual: 1, .audio: 1, .text: 1]),
        Case(
            prefix: "mixed/lstta", options: ["language": "off"], first: [.visual: 1, .audio: 3]),
        Case(prefix: "copl-ladder"),
        Case(
            prefix: "copl-ladder-topk",
            options: ["selection": "topk", "selected": 2, "queryLevel": "clip"]),
        Case(
            prefix: "copl-ladder-shared",
            options: ["coupling": "shared-index", "interaction": false]),
        Case(prefix: "lstta-ladder"),
        Case(
            prefix: "lstta-ladder-mean",
            options: ["importance": "sigmoid", "heads": 2, "window": 1]),
        Case(
            prefix: "lstta-ladder-listening",
            options: ["language": "lsf-only", "textAdapter": false]),
        // Each of the two modules by itself.
        Case(
            prefix: "vit/lstta-unfiltered", options: ["lsf": false],
            first: [.visual: 2, .audio: 2, .text: 2]),
        Case(
            prefix: "vit/lstta-apart", options: ["ssi": false],
            first: [.visual: 2, .audio: 2, .text: 2]),
        Case(prefix: "lstta-ladder-unfiltered", options: ["lsf": false]),
        Case(prefix: "lstta-ladder-apart", options: ["ssi": false]),
    ]

    private func backbone(_ stream: Models.Stream, _ test: Case) -> SuffixCase {
        stream == .text ? .bert : stream == .audio && test.prefix.hasPrefix("mixed") ? .swin : .vit
    }

    private func ladderShape(_ stream: Models.Stream, _ test: Case) -> StreamShape {
        switch stream {
        case .visual: StreamShape(widths: [24, 24, 24])
        case .audio: StreamShape(widths: [20, 20, 20], specials: 0, pooling: .mean)
        case .text:
            StreamShape(
                widths: [12, 12, 12], specials: 0,
                pooling: test.prefix.hasSuffix("mean") ? .mean : .row(0))
        }
    }

    /// What a case is made of.
    private struct Streams {
        var placement: Placement
        var shapes: [Models.Stream: StreamShape] = [:]
        var make: [Models.Stream: (Tape) throws -> StreamStates] = [:]
    }

    private func streams(_ test: Case, _ tensor: @escaping (String) -> Tensor?) throws -> Streams {
        var streams = Streams(
            placement: test.isLadder
                ? .ladder(.each([.visual: [1, 3], .audio: [2, 3], .text: [1, 3]]))
                : .suffix(.each(test.first)))
        let all: [Models.Stream] =
            tensor(test.isLadder ? "input/text.final" : "input/text") == nil
            ? [.visual, .audio] : [.visual, .audio, .text]
        for stream in all {
            let name = "input/\(stream.rawValue)"
            let suffix =
                test.isLadder
                ? nil : try backbone(stream, test).suffix(from: test.first[stream] ?? 0)
            streams.shapes[stream] = suffix?.shape ?? ladderShape(stream, test)
            streams.make[stream] = { tape in
                func constant(_ name: String) -> Variable? {
                    tensor(name).map { tape.constant($0) }
                }
                let valid = constant("\(name).valid")
                let lengths = stream == .text ? valid : nil
                func all(_ part: String) -> [Variable] {
                    (0..<2).compactMap { constant("\(name).\($0).\(part)") }
                }
                return StreamStates(
                    taps: zip(all("class"), all("patches")).map {
                        StreamStates.Tap(classToken: $0, patches: $1)
                    }, layers: all("tokens"), descriptors: all("whole"),
                    final: constant("\(name).final"), valid: stream == .text ? nil : valid,
                    lengths: lengths,
                    run: suffix.flatMap { suffix in
                        constant(name).map { SuffixRun(suffix, $0, lengths: lengths) }
                    })
            }
        }
        return streams
    }

    /// A map's matrix in the order in which maps have it here.
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

    /// Of two names that say more, the first stands for all parameters whose gradients are zero by nature:
    /// what is added to all scores of a softmax.
    private func isWithoutSlope(_ name: String, _ test: Case) -> Bool {
        name.hasSuffix("interaction.key.bias")
            || name.hasSuffix("filter.score.bias") && test.options["importance"] == nil
    }

    @Test(arguments: cases)
    func forwardAndGradientsAgreeWithPyTorch(test: Case) throws {
        let file = try Reference.tensors("copl-lstta")
        func tensor(_ name: String) -> Tensor? { try? file.tensor("\(test.prefix)/\(name)") }
        let streams = try streams(test, tensor)
        var generator = SplitMix64(seed: 1)
        let method = try MethodCatalog.make(
            test.choice, placement: streams.placement, streams: streams.shapes,
            segments: test.segments, using: &generator)
        let prefix = "\(test.prefix)/param/"
        let names = file.entries.keys.filter { $0.hasPrefix(prefix) }
        #expect(
            Set(names.map { String($0.dropFirst(prefix.count)) })
                == Set(method.parameters.map(\.name)))
        for parameter in method.parameters {
            let stored = try #require(tensor("param/\(parameter.name)"), "\(parameter.name)")
            let value = ordered(stored, like: parameter)
            try #require(value.shape == parameter.value.shape, "\(parameter.name)")
            parameter.value = value
        }

        try withTape { tape in
            let adapted = method(try streams.make.mapValues { try $0(tape) })
            var cotangent: [Float] = []
            for stream in adapted.pooled.streams {
                let rows = try #require(adapted[stream])
                let expected = try #require(tensor("output/\(stream.rawValue)"))
                #expect(relativeError(rows.value, expected) < 1e-5, "\(stream)")
                cotangent += try #require(tensor("cotangent/\(stream.rawValue)")).elements
            }
            let penalty = adapted.penalties.map { $0.value.elements[0] }.reduce(0, +)
            #expect(adapted.penalties.isEmpty == (tensor("output/penalty") == nil))
            let expected = tensor("output/penalty")?.elements[0] ?? 0
            #expect(abs(penalty - expected) <= 1e-5 * abs(expected))
            cotangent += adapted.penalties.map { _ in 0.7 }
            let joined = try #require(ClipMethodCase.joined(adapted))
            tape.backward(from: joined, cotangent: Tensor(cotangent, shape: joined.shape))
        }
        for parameter in method.parameters {
            let gradient = try #require(parameter.gradient, "\(parameter.name) has none")
            let stored = try #require(tensor("grad/\(parameter.name)"))
            guard !isWithoutSlope(parameter.name, test) else {
                #expect(gradient.elements.allSatisfy { abs($0) < 1e-4 }, "\(parameter.name)")
                continue
            }
            let error = relativeError(gradient, ordered(stored, like: parameter))
            #expect(error < 1e-4, "\(parameter.name): \(error)")
        }
    }
}
