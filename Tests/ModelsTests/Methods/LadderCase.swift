import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// A side network at the sizes of the PyTorch reference, with its inputs.
struct LadderCase: Sendable, CustomTestStringConvertible {
    /// Prefix of its tensors in the references.
    let name: String
    let method: String
    let options: [String: MethodOption]
    let streams: [Models.Stream: StreamShape]

    /// The layers that a recipe would list.
    let taps: [Models.Stream: [Int]]

    var testDescription: String { name }

    private static let visual = StreamShape(widths: [24, 24, 24])
    private static let audio = StreamShape(
        widths: [8, 12, 20], stages: [1, 1, 1], specials: 0, pooling: .mean)

    private init(
        _ name: String, _ options: [String: MethodOption],
        _ streams: [Models.Stream: StreamShape] = [.visual: visual, .audio: audio],
        audio: [Int] = [0, 2, 3], visual: [Int] = [1, 3]
    ) {
        (self.name, self.options, self.streams) = (name, options, streams)
        method = String(name.prefix { $0 != "-" })
        taps = [.visual: visual, .audio: audio].filter { streams[$0.key] != nil }
    }

    static let all = [
        LadderCase("lst", ["reduction": 4], audio: [1, 3]),
        LadderCase(
            "lst-clip-vil", ["reduction": 1, "variant": "clip-vil"],
            [.visual: StreamShape(widths: [64, 64, 64])], visual: [2]),
        LadderCase("unipt", ["reduction": 4]),
        LadderCase("unipt-tokens", ["reduction": 4]),
        LadderCase("mettle", ["tokens": 3, "width": 6, "outputs": 10]),
        LadderCase(
            "molt", ["tokens": 4, "width": 6, "outputs": 10, "orthogonality": 0.3],
            audio: [2, 3]),
    ]

    static func named(_ name: String) throws -> LadderCase {
        try #require(all.first { $0.name == name })
    }

    /// The method with fresh parameters, and with other options than the case's own.
    func make(_ changes: [String: MethodOption] = [:]) throws -> any Models.Method {
        var generator = SplitMix64(seed: 3)
        return try MethodCatalog.make(
            MethodCatalog.Choice(name: method, options: options.merging(changes) { $1 }),
            placement: .ladder(.each(taps)), streams: streams, using: &generator)
    }

    /// A tensor of the case, in the order in which maps have it here.
    func reference(_ key: String, of file: SafeTensors, isLinearMap: Bool = false) throws -> Tensor
    {
        let value = try file.tensor("\(name)/\(key)")
        guard isLinearMap else { return value }
        var turned = Tensor(shape: [value.columns, value.rows])
        for r in 0..<value.rows {
            for c in 0..<value.columns {
                turned.elements[c * value.rows + r] = value.elements[r * value.columns + c]
            }
        }
        return turned
    }

    /// The method with the reference's parameters.
    func load(_ file: SafeTensors) throws -> any Models.Method {
        let method = try make()
        for parameter in method.parameters {
            let value = try reference(
                "param/\(parameter.name)", of: file, isLinearMap: parameter.isLinearMap)
            try #require(value.shape == parameter.value.shape, "\(parameter.name)")
            parameter.value = value
        }
        return method
    }

    /// What the method is given, of the reference's inputs.
    func states(_ file: SafeTensors, on tape: Tape) throws -> [Models.Stream: StreamStates] {
        var states: [Models.Stream: StreamStates] = [:]
        for stream in streams.streams {
            let inputs = "\(name)/input/"
            func input(_ key: String) throws -> Variable? {
                guard file.entries["\(inputs)\(key)"] != nil else { return nil }
                return tape.constant(try file.tensor("\(inputs)\(key)"))
            }
            var taps: [StreamStates.Tap] = []
            while let row = try input("tap.\(taps.count).\(stream.rawValue).class"),
                let patches = try input("tap.\(taps.count).\(stream.rawValue).patches")
            {
                taps.append(StreamStates.Tap(classToken: row, patches: patches))
            }
            states[stream] = StreamStates(
                taps: taps, final: try input("final.\(stream.rawValue)"),
                finalTokens: try input("finalTokens.\(stream.rawValue)"))
        }
        return states
    }

    /// Outputs side by side as one row, and the penalty behind them if there is one.
    func flattened(_ adapted: AdaptedStreams) -> Variable {
        let joined = adapted.joined(), row = joined.reshaped(to: [1, joined.count])
        return adapted.penalties.reduce(row) {
            $0.concatenated(with: $1.reshaped(to: [1, 1]))
        }
    }
}
