import Neural
import Tensors

/// One adapter of AV-PEA: what is added to a stream that sees another.
///
///     c′ = c + g · softmax(c P̄ᵀ / √D) P̄
///     A = h · Up(ReLU(Down(LN([c′ ; P]))))
///
/// c is the class token, P̄ the other stream's patches, g and h gates that begin at zero. Without a class
/// token c is the mean, and what is added to it is added to every token, which moves the mean by as much.
/// Where the widths differ, tokens meet in 64 dimensions: q = c W_q, k = P̄ W_k, and the message is
/// softmax(q kᵀ / 8) k W_o.
struct AVPEAAdapter: Module {
    let crossGate: Parameter
    let norm: LayerNorm
    let down: Linear
    let up: Linear
    let gate: Parameter

    /// Where widths differ.
    let projections: (query: Linear, key: Linear, message: Linear)?

    private let width: Int
    private let shapes: (own: StreamShape, other: StreamShape)
    private let isReading: Bool

    private static let sharedWidth = 64

    var parameters: [Parameter] {
        [crossGate] + norm.parameters + down.parameters + up.parameters + [gate]
            + (projections.map { [$0.query, $0.key, $0.message].flatMap(\.parameters) } ?? [])
    }

    init(
        _ name: String, width: Int, other: Int, hidden: Int,
        shapes: (own: StreamShape, other: StreamShape), isReading: Bool,
        using generator: inout SplitMix64
    ) {
        crossGate = Parameter("\(name).crossGate", Tensor([0], shape: []))
        norm = LayerNorm("\(name).norm", features: width)
        down = Linear("\(name).down", inputs: width, outputs: hidden, using: &generator)
        up = Linear("\(name).up", inputs: hidden, outputs: width, using: &generator)
        for map in [down, up] {
            if let bias = map.bias { bias.value = Tensor(shape: bias.value.shape) }
        }
        gate = Parameter("\(name).gate", Tensor([0], shape: []))
        if width == other {
            projections = nil
        } else {
            func map(_ part: String, _ inputs: Int, _ outputs: Int) -> Linear {
                Linear(
                    "\(name).\(part)", inputs: inputs, outputs: outputs, hasBias: false,
                    using: &generator)
            }
            projections = (
                map("query", width, Self.sharedWidth), map("key", other, Self.sharedWidth),
                map("message", Self.sharedWidth, width)
            )
        }
        self.width = width
        self.shapes = shapes
        self.isReading = isReading
    }

    /// What is added to the stream `x`, `[B, N, D]`, which sees `other`, `[B, M, E]`.
    func callAsFunction(_ x: Variable, _ other: Variable) -> Variable {
        var x = x
        if isReading {
            x = x.adding(
                message(to: x, from: other).scaled(by: crossGate),
                toTokens: shapes.own.pooling.tokens(of: x.shape[1]))
        }
        return up(down(norm(x)).relu()).scaled(by: gate)
    }

    /// What the class token reads, `[B, D]`.
    private func message(to x: Variable, from other: Variable) -> Variable {
        let c = shapes.own.pooling(x), patches = shapes.other.patches(of: other.shape[1])
        guard let projections else {
            return c.attending(toTokens: patches, of: other, scale: 1 / Float(width).squareRoot())
        }
        let read = projections.query(c).attending(
            toTokens: patches, of: projections.key(other),
            scale: 1 / Float(Self.sharedWidth).squareRoot())
        return projections.message(read)
    }
}
