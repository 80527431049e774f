import Neural
import Tensors
import TestSupport
import Testing

/// A layer as a function of variables, for checks that several of them undergo.
struct LayerCase: Sendable, CustomTestStringConvertible {
    /// Prefix of its tensors in the references.
    let name: String

    /// Names of its inputs in the references.
    let inputs: [String]

    let layer: @Sendable (inout SplitMix64) -> any Module
    private let function: @Sendable (any Module, [Variable], Tape) -> Variable

    var testDescription: String { name }

    private init<Layer: Module & SendableMetatype>(
        _ name: String, _ inputs: [String],
        _ layer: @escaping @Sendable (inout SplitMix64) -> Layer,
        _ function: @escaping @Sendable (Layer, [Variable], Tape) -> Variable
    ) {
        (self.name, self.inputs, self.layer) = (name, inputs, layer)
        self.function = { layer, variables, tape in
            guard let layer = layer as? Layer else { preconditionFailure("another layer") }
            return function(layer, variables, tape)
        }
    }

    /// A layer with the references' values, and inputs with theirs.
    func made() throws -> (layer: any Module, inputs: [Parameter]) {
        let reference = try Reference.tensors("operations")
        var generator = SplitMix64(seed: 1)
        let layer = layer(&generator)
        for parameter in layer.parameters {
            parameter.value = Self.turned(
                try reference.tensor("\(name)/\(key(parameter))"), as: parameter)
        }
        return (layer, try inputs.map { Parameter($0, try reference.tensor("\(name)/\($0)")) })
    }

    func apply(_ layer: any Module, to inputs: [Parameter], on tape: Tape) -> Variable {
        function(layer, inputs.map(tape.variable), tape)
    }

    /// The parameter's name in PyTorch.
    func key(_ parameter: Parameter) -> String {
        parameter.name.split(separator: ".").dropFirst().joined(separator: ".")
    }

    /// PyTorch's tensor as our parameter has it.
    static func turned(_ tensor: Tensor, as parameter: Parameter) -> Tensor {
        guard parameter.isLinearMap else { return tensor }
        let (rows, columns) = (tensor.rows, tensor.columns)
        return Tensor(
            (0..<tensor.count).map { tensor.elements[$0 % rows * columns + $0 / rows] },
            shape: [columns, rows])
    }

    static let all =
        [false, true].flatMap { isBidirectional in
            let name = isBidirectional ? "bidirectionalLSTM" : "lstm"
            let lstm = { @Sendable (generator: inout SplitMix64) in
                LSTM(
                    "layer", inputs: 7, hidden: 6, isBidirectional: isBidirectional,
                    using: &generator)
            }
            return [
                LayerCase(name, ["x"], lstm) { layer, x, _ in layer(x[0]) },
                LayerCase("\(name)Last", ["x"], lstm) { layer, x, _ in
                    let last = layer.last(x[0])
                    return last.hidden.concatenated(with: last.cell)
                },
            ]
        } + [
            LayerCase("multiHeadAttention", ["q", "k", "v"], attention) { layer, x, tape in
                let lengths = tape.constant(Tensor([7, 4], shape: [2]))
                return layer(
                    x[0], keys: x[1], values: x[2], mask: AttentionMask(lengths: lengths))
            },
            LayerCase("selfAttention", ["x"], attention) { layer, x, tape in
                let mask = AttentionMask(scores: tape.constant(OperationCase.window(6)))
                return layer(x[0], keys: x[0], mask: mask)
            },
            LayerCase("embedding", [], embedding) { layer, _, tape in
                layer(tape.constant(Tensor([1, 8, 1, 0, 3, 8], shape: [2, 3])))
            },
        ]

    private static let attention = { @Sendable (generator: inout SplitMix64) in
        MultiHeadAttention("layer", features: 12, heads: 3, using: &generator)
    }

    private static let embedding = { @Sendable (generator: inout SplitMix64) in
        Embedding("layer", count: 9, features: 4, using: &generator)
    }
}
