public import Neural

/// What a method adds within the feed-forward half of a block.
public struct FeedForwardHooks {
    /// What becomes of the network's output, `[B, N, C]`, before its norm, if one follows, and before it
    /// is added to the stream.
    public var branch: ((_ output: Variable) -> Variable)?

    /// What is added to norms and biases.
    var change = BlockChange()

    /// Nothing.
    public init() {}

    /// The output as the method has it.
    func branched(_ output: Variable) -> Variable { branch.map { $0(output) } ?? output }
}

extension FeedForward {
    /// Maps rows on a tape.
    ///
    /// - Precondition: The biases of a gated network are not changed.
    func callAsFunction(_ x: Variable, plus change: BlockChange) -> Variable {
        guard let gate else {
            return x.frozenLinear(expansion, plus: change.expansion)
                .frozenLinear(contraction, plus: change.contraction)
        }
        precondition(change.expansion == nil, "a gated network has two maps to its hidden layer")
        let gated = x.frozenLinear(expansion).multiplied(by: x.frozenLinear(gate))
        return gated.frozenLinear(contraction, plus: change.contraction)
    }
}
