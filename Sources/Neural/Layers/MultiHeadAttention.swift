public import Tensors

/// Multi-head attention with projections of queries, keys, values and output.
///
///     y = W_o [head_1 … head_h] + b_o,   head = softmax((q W_q)(k W_k)ᵀ / √d + A) (v W_v)
///
/// As `torch.nn.MultiheadAttention` with batches first: the three projections of the input are one
/// parameter, `[3D, D]` as in PyTorch, with biases; dropout is applied to the weights of keys.
///
/// Source: Vaswani et al., *Attention Is All You Need*, 2017 (arXiv:1706.03762), §3.2.2.
public struct MultiHeadAttention: Module {
    /// Of queries, keys and values, one after the other, `[3D, D]`.
    public let inputWeight: Parameter

    /// `[3D]`.
    public let inputBias: Parameter
    public let output: Linear
    public let heads: Int
    public let dropout: Float

    public var parameters: [Parameter] { [inputWeight, inputBias] + output.parameters }

    /// Creates an attention over `features` elements in `heads` heads.
    ///
    /// The input's projections are drawn as one matrix by Glorot and Bengio's rule, the output's weight as
    /// that of any map; biases are zero. `name` prefixes the parameters' names, which are PyTorch's.
    public init(
        _ name: String, features: Int, heads: Int, dropout: Float = 0,
        using generator: inout SplitMix64
    ) {
        precondition(features.isMultiple(of: heads), "\(features) features in \(heads) heads")
        let input = WeightInitialisation.xavier.draw(
            inputs: features, outputs: 3 * features, using: &generator)
        inputWeight = Parameter(
            "\(name).in_proj_weight",
            Tensor(input.weight.elements, shape: [3 * features, features])
        )
        inputBias = Parameter("\(name).in_proj_bias", input.bias)
        output = Linear("\(name).out_proj", inputs: features, outputs: features, using: &generator)
        output.bias?.value = Tensor(shape: [features])
        self.heads = heads
        self.dropout = dropout
    }

    /// What queries read: `[B, M, D]`.
    ///
    /// - Parameters:
    ///   - queries: `[B, M, D]`.
    ///   - keys: `[B, N, D]`.
    ///   - values: `[B, N, D]`; the keys unless given.
    ///   - mask: Which keys a query attends to; all of them unless given.
    /// - Returns: The shape of the queries.
    public func callAsFunction(
        _ queries: Variable, keys: Variable, values: Variable? = nil,
        mask: AttentionMask = AttentionMask()
    ) -> Variable {
        let width = output.weight.value.shape[0]
        func project(_ x: Variable, _ part: Int) -> Variable {
            x.linear(rows: part * width..<(part + 1) * width, of: inputWeight, bias: inputBias)
        }
        let (q, k, v) = (project(queries, 0), project(keys, 1), project(values ?? keys, 2))
        guard dropout > 0, queries.tape.noise != nil else {
            return output(q.attention(keys: k, values: v, heads: heads, mask: mask))
        }
        let weights = q.attentionWeights(keys: k, heads: heads, mask: mask).dropout(dropout)
        return output(weights.weighted(v))
    }
}
