import Neural
import Tensors
import TestSupport
import Testing

/// An operation as a function of variables and parameters, for checks that all of them undergo.
struct OperationCase: Sendable, CustomTestStringConvertible {
    typealias Output = @Sendable (_ variables: [Variable], _ parameters: [Parameter]) -> Variable

    /// The file of references.
    let file: String

    /// Prefix of its tensors in the references.
    let name: String

    /// Names of the inputs in the references, first those that are variables of a tape.
    let inputs: [String]

    private let variableCount: Int
    private let function: Output

    var testDescription: String { name }

    init(
        _ name: String, _ variables: [String], _ parameters: [String] = [], in file: String,
        _ function: @escaping Output
    ) {
        (self.file, self.name, self.function) = (file, name, function)
        (inputs, variableCount) = (variables + parameters, variables.count)
    }

    /// Parameters with the references' values, in the order of `inputs`.
    func operands(isTrainable: Bool = true) throws -> [Parameter] {
        let reference = try Reference.tensors(file)
        return try inputs.map {
            Parameter($0, try reference.tensor("\(name)/\($0)"), isTrainable: isTrainable)
        }
    }

    /// The output, and the variables it was computed from.
    func apply(to operands: [Parameter], on tape: Tape) -> (y: Variable, variables: [Variable]) {
        let variables = operands.prefix(variableCount).map(tape.variable)
        return (function(variables, Array(operands.dropFirst(variableCount))), variables)
    }

    static let all = basic + products + elements + rows + sequences + attentions + losses

    private init(
        _ name: String, _ variables: [String], _ parameters: [String] = [],
        _ function: @escaping Output
    ) {
        self.init(name, variables, parameters, in: "neural", function)
    }

    private static let basic = [
        OperationCase("sum", ["x", "u"]) { x, _ in x[0] + x[1] },
        OperationCase("scaled", ["x"], ["g"]) { x, p in x[0].scaled(by: p[0]) },
        OperationCase("gelu", ["input"]) { x, _ in x[0].gelu() },
        OperationCase("relu", ["input"]) { x, _ in x[0].relu() },
        OperationCase("mixed", ["x", "u"], ["alpha"]) { x, p in
            x[0].mixed(with: x[1], by: p[0], temperature: 0.1)
        },
        OperationCase("linear", ["x"], ["w", "b"]) { x, p in x[0].linear(p[0], bias: p[1]) },
        OperationCase("linearWithoutBias", ["x"], ["w"]) { x, p in x[0].linear(p[0]) },
        OperationCase("layerNorm", ["x"], ["gamma", "beta"]) { x, p in
            x[0].layerNorm(p[0], p[1], epsilon: 1e-5)
        },
        OperationCase("attending", ["q", "k"]) { x, _ in x[0].attending(to: x[1], scale: 0.3) },
        OperationCase("attention", ["q", "k", "v"]) { x, _ in
            x[0].attention(keys: x[1], values: x[2], heads: 3)
        },
        OperationCase("concatenated", ["x", "u"]) { x, _ in x[0].concatenated(with: x[1]) },
        OperationCase("meanOverTokens", ["x"]) { x, _ in x[0].meanOverTokens() },
        OperationCase("tokens", ["x"]) { x, _ in x[0].tokens(2..<5) },
        OperationCase("token", ["x"]) { x, _ in x[0].token(at: 6) },
        OperationCase("columns", ["x"]) { x, _ in x[0].columns(1..<4) },
        OperationCase("reshaped", ["x"]) { x, _ in x[0].reshaped(to: [14, 3]) },
        OperationCase("crossEntropy", ["x"]) { x, _ in
            x[0].softmaxCrossEntropy(targets: [3, 0, 6, 2, 6], weights: [1, 0.5, 0, 2, 1])
        },
    ]
}
