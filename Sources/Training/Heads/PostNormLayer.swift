import Neural
import Tensors

/// A layer of a transformer with norms after the sums, as `torch.nn.TransformerEncoderLayer` has it.
///
///     x ← LN(x + drop(MHA(x, k)));   x ← LN(x + drop(W₂ drop(ReLU(W₁ x))))
struct PostNormLayer: Module {
    let attention: MultiHeadAttention
    let hidden: Linear
    let output: Linear
    let norms: (LayerNorm, LayerNorm)
    private let dropout: Float

    var parameters: [Parameter] {
        attention.parameters + hidden.parameters + output.parameters + norms.0.parameters
            + norms.1.parameters
    }

    /// `name` prefixes the names of the parameters, which are PyTorch's.
    init(
        _ name: String, features: Int, heads: Int, hidden: Int, dropout: Float,
        using generator: inout SplitMix64
    ) {
        attention = MultiHeadAttention(
            "\(name).self_attn", features: features, heads: heads, dropout: dropout,
            using: &generator)
        self.hidden = Linear(
            "\(name).linear1", inputs: features, outputs: hidden, using: &generator)
        output = Linear("\(name).linear2", inputs: hidden, outputs: features, using: &generator)
        norms = (
            LayerNorm("\(name).norm1", features: features),
            LayerNorm("\(name).norm2", features: features)
        )
        self.dropout = dropout
    }

    /// Reads `[B, N, D]`; the keys are the queries `[B, M, D]` unless given.
    func callAsFunction(_ x: Variable, keys: Variable? = nil) -> Variable {
        let y = norms.0(x + attention(x, keys: keys ?? x).dropout(dropout))
        return norms.1(y + output(hidden(y).relu().dropout(dropout)).dropout(dropout))
    }
}
