import CKernels
import Foundation
import Tensors

/// Adam with decoupled weight decay.
///
///     p ← p · (1 − η λ)
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
///     p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// where η is the group's learning rate times the schedule's factor, λ its weight decay, and t counts
/// the updates of the parameter. Parameters that are frozen or have no gradient are left as they are.
///
/// Source: Loshchilov, Hutter, *Decoupled Weight Decay Regularization*, 2019 (arXiv:1711.05101),
/// algorithm 2, with η in the decay as `torch.optim.AdamW` has it.
public final class AdamW {
    public let groups: [ParameterGroup]

    private let beta1: Double
    private let beta2: Double
    private let epsilon: Double

    /// By the names of the parameters, since their first update.
    var moments: [String: Moments] = [:]

    /// Creates an optimiser whose moments are zero.
    ///
    /// - Precondition: All parameters have different names.
    public init(
        _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8
    ) {
        let names = groups.flatMap(\.parameters).map(\.name)
        precondition(Set(names).count == names.count, "parameters share a name: \(names)")
        self.groups = groups
        (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    }

    /// All parameters, group by group.
    public var parameters: [Parameter] { groups.flatMap(\.parameters) }

    /// Forgets the gradients of all parameters.
    public func zeroGradients() { parameters.forEach { $0.zeroGradient() } }

    /// Updates the parameters from their gradients, at learning rates multiplied by `factor`.
    public func step(factor: Double = 1) {
        for group in groups {
            for parameter in group.parameters where parameter.isTrainable {
                guard let gradient = parameter.gradient else { continue }
                var moments =
                    moments.removeValue(forKey: parameter.name)
                    ?? Moments(shape: parameter.value.shape)
                update(
                    &parameter.value, gradient, &moments,
                    rate: group.learningRate * factor, decay: group.weightDecay)
                self.moments[parameter.name] = moments
            }
        }
    }

    private func update(
        _ value: inout Tensor, _ gradient: Tensor, _ moments: inout Moments, rate: Double,
        decay: Double
    ) {
        moments.steps += 1
        let t = Double(moments.steps)
        Kernel.updateByAdam(
            &value, gradient, first: &moments.first, second: &moments.second,
            Kernel.AdamFactors(
                keep: Float(1 - rate * decay),
                beta1: Float(beta1), rest1: Float(1 - beta1),
                beta2: Float(beta2), rest2: Float(1 - beta2),
                size: Float(rate / (1 - pow(beta1, t))),
                correction: Float((1 - pow(beta2, t)).squareRoot()),
                epsilon: Float(epsilon)))
    }
}
