public import Tensors

/// Adam with decoupled weight decay.
///
///     p ← p · (1 − η λ)
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
///     p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// where η is the group's learning rate times the schedule's factor, λ its weight decay, and t counts
/// the updates of the parameter.
///
/// Source: Loshchilov, Hutter, *Decoupled Weight Decay Regularization*, 2019 (arXiv:1711.05101),
/// algorithm 2, with η in the decay as `torch.optim.AdamW` has it.
public final class AdamW: Optimizer {
    public var groups: [ParameterGroup]

    private let moments: AdamMoments

    /// Creates an optimiser whose moments are zero.
    ///
    /// - Precondition: All parameters have different names.
    public init(
        _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8
    ) {
        self.groups = groups
        moments = AdamMoments(groups, beta1: beta1, beta2: beta2, epsilon: epsilon)
    }

    public var parameters: [Parameter] { moments.memory.parameters }

    public func step(factor: Double) {
        moments.update(groups, factor: factor) { group, rate in
            AdamMoments.Decay(keep: 1 - rate * group.weightDecay, ofGradient: 0)
        }
    }

    public var state: [(name: String, value: Tensor)] { moments.memory.state }

    public func restore(_ state: [(name: String, value: Tensor)]) throws(OptimizerStateError) {
        try moments.memory.restore(state)
    }

    /// What is remembered of a parameter, since its first update.
    func moments(of name: String) -> OptimizerMemory.Entry? { moments.memory[name] }
}
