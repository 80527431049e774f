public import Tensors

/// A long short-term memory of one layer, in one direction or in both, as `torch.nn.LSTM` has it.
///
/// Gates are in the order input, forget, cell, output, and there are two bias vectors.
public struct LSTM: Module {
    /// Parameters of one direction.
    public struct Direction: Module {
        /// `[inputs, 4H]`.
        public let inputWeight: Parameter

        /// `[H, 4H]`.
        public let hiddenWeight: Parameter

        /// `[4H]`.
        public let inputBias: Parameter

        /// `[4H]`.
        public let hiddenBias: Parameter

        public var parameters: [Parameter] { [inputWeight, hiddenWeight, inputBias, hiddenBias] }
    }

    /// Forward in time, and backward if there are two.
    public let directions: [Direction]

    /// H.
    public let hidden: Int

    public var parameters: [Parameter] { directions.flatMap(\.parameters) }

    /// Creates a layer whose parameters are uniform within ±1/√hidden.
    ///
    /// - Parameters:
    ///   - name: Prefixes the parameters' names, which are PyTorch's.
    ///   - inputs: Features of a token.
    ///   - hidden: H, features of a state.
    ///   - isBidirectional: Whether there is a second direction, from the last token to the first.
    ///   - generator: Draws the parameters.
    public init(
        _ name: String, inputs: Int, hidden: Int, isBidirectional: Bool = false,
        using generator: inout SplitMix64
    ) {
        let bound = 1 / Float(hidden).squareRoot()
        func parameter(_ part: String, _ shape: [Int]) -> Parameter {
            Parameter(
                "\(name).\(part)", .random(in: -bound...bound, shape: shape, using: &generator),
                isLinearMap: shape.count == 2)
        }
        directions = (isBidirectional ? ["l0", "l0_reverse"] : ["l0"]).map { direction in
            Direction(
                inputWeight: parameter("weight_ih_\(direction)", [inputs, 4 * hidden]),
                hiddenWeight: parameter("weight_hh_\(direction)", [hidden, 4 * hidden]),
                inputBias: parameter("bias_ih_\(direction)", [4 * hidden]),
                hiddenBias: parameter("bias_hh_\(direction)", [4 * hidden]))
        }
        self.hidden = hidden
    }

    /// States h of all tokens of `[B, T, inputs]`: `[B, T, H]`, or `[B, T, 2H]` of both directions.
    public func callAsFunction(_ x: Variable) -> Variable {
        join(states(x).map { $0.columns(0..<hidden) })
    }

    /// The states h and c after the last token that a direction meets.
    ///
    /// - Returns: `[B, H]` each, or `[B, 2H]` of both directions.
    public func last(_ x: Variable) -> (hidden: Variable, cell: Variable) {
        let last = zip(states(x), [x.shape[1] - 1, 0]).map { $0.token(at: $1) }
        return (
            join(last.map { $0.columns(0..<hidden) }),
            join(last.map { $0.columns(hidden..<2 * hidden) })
        )
    }

    /// h and c of all tokens, side by side, for each direction.
    private func states(_ x: Variable) -> [Variable] {
        directions.enumerated().map { index, direction in
            x.linear(direction.inputWeight, bias: direction.inputBias).lstm(
                direction.hiddenWeight, bias: direction.hiddenBias, isReversed: index == 1)
        }
    }

    private func join(_ parts: [Variable]) -> Variable {
        parts.count == 1 ? parts[0] : parts[0].concatenated(with: parts[1])
    }
}
