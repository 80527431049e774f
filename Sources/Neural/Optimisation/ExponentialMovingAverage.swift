public import Tensors

/// Averages of parameters over the steps of training, which weigh recent steps most.
///
///     a ← p at the first update, then a ← a + (1 − decay) (p − a)
///
/// The same as `torch.optim.swa_utils.AveragedModel` with `get_ema_multi_avg_fn`.
public final class ExponentialMovingAverage {
    public let parameters: [Parameter]
    public let decay: Double

    /// By parameter; empty before the first update.
    private var averages: [Tensor] = []

    /// Whether parameters hold the averages at present, and the averages the parameters.
    private var isSwapped = false

    /// - Precondition: `decay` lies in 0..<1.
    public init(_ parameters: [Parameter], decay: Double) {
        precondition(0..<1 ~= decay, "a decay of \(decay)")
        (self.parameters, self.decay) = (parameters, decay)
    }

    /// Takes the parameters after a step into the averages.
    public func update() {
        precondition(!isSwapped, "the parameters hold averages")
        guard !averages.isEmpty else {
            averages = parameters.map { Tensor(Array($0.value.elements), shape: $0.value.shape) }
            return
        }
        for index in parameters.indices {
            Kernel.updateAverage(
                &averages[index], with: parameters[index].value, decay: Float(decay))
        }
    }

    /// Calls `body` while the parameters hold the averages, as evaluation and checkpoints want them.
    ///
    /// Before the first update they stay as they are.
    public func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
        swapAll()
        defer { swapAll() }
        return try body()
    }

    private func swapAll() {
        isSwapped.toggle()
        for index in averages.indices { swap(&parameters[index].value, &averages[index]) }
    }

    /// The averages by the names of the parameters with `.average` after them.
    public var state: [(name: String, value: Tensor)] {
        precondition(!isSwapped, "the parameters hold averages")
        return zip(parameters, averages).map { ("\($0.name).average", $1) }
    }

    /// Continues from a state that `state` returned.
    ///
    /// - Throws: ``OptimizerStateError`` if a tensor is missing or of another shape.
    public func restore(_ state: [(name: String, value: Tensor)]) throws(OptimizerStateError) {
        guard !state.isEmpty else { return averages = [] }
        var restored: [Tensor] = []
        for parameter in parameters {
            let name = "\(parameter.name).average"
            guard let tensor = state.first(where: { $0.name == name })?.value else {
                throw OptimizerStateError(reason: "it has no tensor '\(name)'")
            }
            guard tensor.shape == parameter.value.shape else {
                throw OptimizerStateError(
                    reason: "'\(name)' has shape \(tensor.shape), not \(parameter.value.shape)")
            }
            restored.append(tensor)
        }
        averages = restored
    }
}
