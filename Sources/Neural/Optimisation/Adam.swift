public import Tensors

/// Adam, with weight decay as a part of the gradient.
///
///     g ← g + λ p
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
///     p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// where η is the group's learning rate times the schedule's factor, λ its weight decay, and t counts
/// the updates of the parameter. The same as `torch.optim.Adam`.
///
/// Source: Kingma, Ba, *Adam: A Method for Stochastic Optimization*, 2015 (arXiv:1412.6980),
/// algorithm 1.
public final class Adam: Optimizer {
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
        moments.update(groups, factor: factor) { group, _ in
            AdamMoments.Decay(keep: 1, ofGradient: group.weightDecay)
        }
    }

    public var state: [(name: String, value: Tensor)] { moments.memory.state }

    public func restore(_ state: [(name: String, value: Tensor)]) throws(OptimizerStateError) {
        try moments.memory.restore(state)
    }
}
