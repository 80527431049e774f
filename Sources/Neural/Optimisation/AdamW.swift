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
                    &parameter.value.elements, gradient.elements, &moments,
                    rate: group.learningRate * factor, decay: group.weightDecay)
                self.moments[parameter.name] = moments
            }
        }
    }

    private func update(
        _ p: inout [Float], _ g: [Float], _ moments: inout Moments, rate: Double, decay: Double
    ) {
        moments.steps += 1
        let keep = Float(1 - rate * decay)
        let (b1, b2) = (Float(beta1), Float(beta2))
        let (c1, c2) = (Float(1 - beta1), Float(1 - beta2))
        let size = Float(rate / (1 - pow(beta1, Double(moments.steps))))
        let correction = Float((1 - pow(beta2, Double(moments.steps))).squareRoot())
        let small = Float(epsilon)
        for i in p.indices {
            let m = b1 * moments.first.elements[i] + c1 * g[i]
            let v = b2 * moments.second.elements[i] + c2 * g[i] * g[i]
            p[i] = keep * p[i] - size * m / (v.squareRoot() / correction + small)
            moments.first.elements[i] = m
            moments.second.elements[i] = v
        }
    }
}
