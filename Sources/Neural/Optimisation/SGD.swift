import CKernels
public import Tensors

/// Stochastic gradient descent, with momentum if wanted.
///
///     d = g + λ p
///     v ← d at the first update, else μ v + d
///     p ← p − η v, or p ← p − η (d + μ v) in Nesterov's form
///
/// where η is the group's learning rate times the schedule's factor and λ its weight decay. Without
/// momentum, p ← p − η d. The same as `torch.optim.SGD` without dampening.
///
/// Source: Sutskever et al., *On the importance of initialization and momentum in deep learning*,
/// 2013, in the form where the rate multiplies the velocity.
public final class SGD: Optimizer {
    public var groups: [ParameterGroup]

    private let momentum: Double
    private let isNesterov: Bool
    private var memory: OptimizerMemory

    /// Creates an optimiser without velocities.
    ///
    /// - Precondition: All parameters have different names; Nesterov's form has momentum.
    public init(_ groups: [ParameterGroup], momentum: Double = 0, isNesterov: Bool = false) {
        precondition(0..<1 ~= momentum && (!isNesterov || momentum > 0), "momentum \(momentum)")
        (self.groups, self.momentum, self.isNesterov) = (groups, momentum, isNesterov)
        memory = OptimizerMemory(groups, names: ["velocity"])
    }

    public var parameters: [Parameter] { memory.parameters }

    public func step(factor: Double) {
        memory.update(groups) { group, parameter, gradient, entry in
            Kernel.updateBySGD(
                &parameter.value, gradient, velocity: &entry.first,
                Kernel.SGDFactors(
                    rate: Float(group.learningRate * factor), decay: Float(group.weightDecay),
                    momentum: entry.steps == 1 ? 0 : Float(momentum), ahead: Float(momentum),
                    is_nesterov: isNesterov ? 1 : 0))
        }
    }

    public var state: [(name: String, value: Tensor)] { memory.state }

    public func restore(_ state: [(name: String, value: Tensor)]) throws(OptimizerStateError) {
        try memory.restore(state)
    }
}
