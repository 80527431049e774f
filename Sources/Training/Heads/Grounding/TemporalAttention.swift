import Neural
import Tensors

/// The moments of a clip that a question is about.
///
///     x* = MHA(q ; x, x),   x* ← LN(x* + drop(W₂ drop(ReLU(W₁ x*)))),   4 heads, dropout 0.1
///
/// Source: Li et al., CVPR 2022, §4.3.
struct TemporalAttention: Module {
    let attention: MultiHeadAttention
    let hidden: Linear
    let output: Linear
    let norm: LayerNorm

    private static let dropout: Float = 0.1

    var parameters: [Parameter] {
        attention.parameters + hidden.parameters + output.parameters + norm.parameters
    }

    init(_ name: String, width: Int, using generator: inout SplitMix64) {
        attention = MultiHeadAttention(
            "\(name).self_attn", features: width, heads: 4, dropout: Self.dropout,
            using: &generator)
        hidden = Linear("\(name).linear1", inputs: width, outputs: width, using: &generator)
        output = Linear("\(name).linear2", inputs: width, outputs: width, using: &generator)
        norm = LayerNorm("\(name).norm", features: width)
    }

    /// `[clips, questions, width]`, of questions of that shape about `[clips, T, width]`.
    func callAsFunction(_ questions: Variable, about x: Variable) -> Variable {
        let read = attention(questions, keys: x)
        let fed = output(hidden(read).relu().dropout(Self.dropout)).dropout(Self.dropout)
        return norm(read + fed)
    }
}
