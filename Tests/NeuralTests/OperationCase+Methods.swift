import Neural
import Tensors

/// What methods and heads are made of.
extension OperationCase {
    private init(
        _ name: String, _ variables: [String], parameters: [String] = [],
        _ function: @escaping Output
    ) {
        self.init(name, variables, parameters, in: "operations", function)
    }

    static let products = [
        OperationCase("product", ["x", "u"]) { x, _ in x[0].product(with: x[1]) },
        OperationCase("productTransposed", ["x", "u"]) { x, _ in
            x[0].product(with: x[1], transposed: true)
        },
        OperationCase("batchedProduct", ["input", "mat2"]) { x, _ in
            x[0].batchedProduct(with: x[1])
        },
        OperationCase("batchedProductTransposed", ["x", "u"]) { x, _ in
            x[0].batchedProduct(with: x[1], transposed: true, scale: 0.4)
        },
        OperationCase("groupedLinear", ["x"], parameters: ["w", "b"]) { x, p in
            x[0].groupedLinear(p[0], bias: p[1], groups: 3)
        },
        OperationCase("groupedLinearWithoutBias", ["x"], parameters: ["w"]) { x, p in
            x[0].groupedLinear(p[0], groups: 3)
        },
    ]

    static let elements = [
        OperationCase("product of elements", ["x", "u"]) { x, _ in x[0] * x[1] },
        OperationCase("difference", ["x", "u"]) { x, _ in x[0] - x[1] },
        OperationCase("times", ["x"]) { x, _ in x[0].times(-1.7) },
        OperationCase("tanh", ["input"]) { x, _ in x[0].tanh() },
        OperationCase("sigmoid", ["input"]) { x, _ in x[0].sigmoid() },
    ]

    static let rows = [
        OperationCase("softmax", ["x"]) { x, _ in x[0].softmax(scale: 2.5) },
        OperationCase("maskedSoftmax", ["x"]) { x, _ in
            x[0].softmax(scale: 0.7, mask: x[0].tape.constant(window(6)))
        },
        OperationCase("addingToRows", ["x", "u"]) { x, _ in x[0].addingToRows(x[1]) },
        OperationCase("multiplyingRows", ["x", "u"]) { x, _ in x[0].multiplyingRows(by: x[1]) },
        OperationCase("scalingRows", ["x", "s"]) { x, _ in x[0].scalingRows(by: x[1]) },
        OperationCase("normalisedRows", ["x"]) { x, _ in x[0].normalisedRows(epsilon: 0.5) },
        OperationCase("rowShares", ["x"]) { x, _ in x[0].rowShares(epsilon: 0.6) },
        OperationCase("batchNorm", ["x"], parameters: ["gamma", "beta"]) { x, p in
            let norm = BatchNorm("norm", features: 5)
            return x[0].batchNorm(p[0], p[1], running: norm.running, epsilon: 1e-5)
        },
    ]

    static let sequences = [
        OperationCase("concatenatedTokens", ["x", "u"]) { x, _ in
            x[0].concatenatedTokens(with: x[1])
        },
        OperationCase("repeatedOverBatch", ["x"]) { x, _ in x[0].repeatedOverBatch(4) },
        OperationCase("gatheredRows", ["x"]) { x, _ in x[0].gatheredRows([3, 0, 3, 6]) },
        OperationCase("maximumOverTokens", ["x"]) { x, _ in x[0].maximumOverTokens() },
        OperationCase("meanOfLargest", ["x"]) { x, _ in x[0].meanOfLargest(3) },
    ]

    static let attentions = [
        OperationCase("attentionWithLengths", ["q", "k", "v"]) { x, _ in
            let lengths = x[0].tape.constant(Tensor([17, 9], shape: [2]))
            return x[0].attention(
                keys: x[1], values: x[2], heads: 3, mask: AttentionMask(lengths: lengths))
        },
        OperationCase("maskedAttention", ["q", "k", "v"]) { x, _ in
            x[0].attention(keys: x[1], values: x[2], heads: 3, mask: mask(on: x[0].tape))
        },
        OperationCase("attentionWeights", ["q", "k"]) { x, _ in
            x[0].attentionWeights(keys: x[1], heads: 3, mask: mask(on: x[0].tape))
        },
        OperationCase("weighted", ["p", "v"]) { x, _ in x[0].weighted(x[1]) },
    ]

    static let losses = [
        OperationCase("binaryCrossEntropyWithLogits", ["x"]) { x, _ in
            x[0].binaryCrossEntropyWithLogits(targets: targets(on: x[0].tape))
        },
        OperationCase("weightedBinaryCrossEntropyWithLogits", ["x"]) { x, _ in
            x[0].binaryCrossEntropyWithLogits(
                targets: targets(on: x[0].tape), weights: weights(on: x[0].tape))
        },
        OperationCase("multiLabelSoftMargin", ["x"]) { x, _ in
            x[0].binaryCrossEntropyWithLogits(targets: targets(on: x[0].tape))
        },
        OperationCase("binaryCrossEntropy", ["p"]) { x, _ in
            x[0].binaryCrossEntropy(targets: targets(on: x[0].tape))
        },
        OperationCase("weightedBinaryCrossEntropy", ["p"]) { x, _ in
            x[0].binaryCrossEntropy(
                targets: targets(on: x[0].tape), weights: weights(on: x[0].tape))
        },
    ]

    private static func mask(on tape: Tape) -> AttentionMask {
        AttentionMask(
            lengths: tape.constant(Tensor([6, 4], shape: [2])), scores: tape.constant(window(6)))
    }

    private static func targets(on tape: Tape) -> Variable {
        tape.constant(Tensor((0..<35).map { Float(7 * $0 % 5) / 4 }, shape: [5, 7]))
    }

    private static func weights(on tape: Tape) -> Variable {
        tape.constant(Tensor((0..<35).map { Float($0 % 3) }, shape: [5, 7]))
    }

    /// Minus half the distance of two tokens, and nothing beyond a distance of two.
    static func window(_ count: Int) -> Tensor {
        let elements = (0..<count * count).map { index in
            let distance = abs(index / count - index % count)
            return distance > 2 ? -Float.infinity : -0.5 * Float(distance)
        }
        return Tensor(elements, shape: [count, count])
    }
}
