import CKernels
import Foundation
import Tensors

/// What ``Adam`` and ``AdamW`` have in common: everything but the place of the decay.
final class AdamMoments {
    /// Where weight decay acts.
    struct Decay {
        /// What is left of a parameter before the update.
        var keep: Double

        /// Share of the parameter that is added to the gradient.
        var ofGradient: Double
    }

    var memory: OptimizerMemory

    private let beta1: Double
    private let beta2: Double
    private let epsilon: Double

    init(_ groups: [ParameterGroup], beta1: Double, beta2: Double, epsilon: Double) {
        memory = OptimizerMemory(groups, names: ["first", "second"])
        (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    }

    func update(
        _ groups: [ParameterGroup], factor: Double, _ decay: (ParameterGroup, Double) -> Decay
    ) {
        memory.update(groups) { group, parameter, gradient, entry in
            let rate = group.learningRate * factor, t = Double(entry.steps)
            let decay = decay(group, rate)
            Kernel.updateByAdam(
                &parameter.value, gradient, first: &entry.first, second: &entry.second,
                Kernel.AdamFactors(
                    keep: Float(decay.keep), decay: Float(decay.ofGradient),
                    beta1: Float(beta1), rest1: Float(1 - beta1),
                    beta2: Float(beta2), rest2: Float(1 - beta2),
                    size: Float(rate / (1 - pow(beta1, t))),
                    correction: Float((1 - pow(beta2, t)).squareRoot()),
                    epsilon: Float(epsilon)))
        }
    }
}
