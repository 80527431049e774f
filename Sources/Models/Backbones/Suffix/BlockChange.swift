public import Neural

/// What is added to the norms and biases of a frozen block, whose matrices stay as they are.
public struct BlockChange {
    /// Of the norm with which maps are merged before the first block of a stage.
    public var merging = NormChange()

    public var norm1 = NormChange()
    public var norm2 = NormChange()

    /// Of the biases of queries, keys and values side by side, `[3 · C]`.
    public var qkv: Variable?

    /// Of the bias behind attention, `[C]`.
    public var projection: Variable?

    /// Of the biases of the feed-forward network, `[hidden]` and `[C]`.
    public var expansion: Variable?
    public var contraction: Variable?

    /// Nothing.
    public init() {}
}

/// What is added to the scale and the shift of a norm, `[C]` each.
public struct NormChange {
    public var weight: Variable?
    public var bias: Variable?

    /// Nothing, unless given.
    public init(weight: Variable? = nil, bias: Variable? = nil) {
        (self.weight, self.bias) = (weight, bias)
    }
}

extension Variable {
    /// A frozen norm with a change.
    func frozenLayerNorm(_ norm: FrozenLayerNorm, plus change: NormChange) -> Variable {
        guard change.weight != nil || change.bias != nil else { return frozenLayerNorm(norm) }
        let weight = tape.constant(norm.weight), bias = tape.constant(norm.bias)
        return layerNorm(
            change.weight.map { weight + $0 } ?? weight, change.bias.map { bias + $0 } ?? bias,
            epsilon: norm.epsilon)
    }

    /// A frozen affine map with a change of its bias.
    func frozenLinear(_ map: FrozenLinear, plus change: Variable?) -> Variable {
        change.map { frozenLinear(map, shiftedBy: $0) } ?? frozenLinear(map)
    }
}
