public import Tensors

/// What updates parameters from their gradients.
///
/// Parameters that are frozen or have no gradient are left as they are. After the first update of
/// each parameter nothing is allocated.
public protocol Optimizer: AnyObject {
    /// Rates and decays may change between steps; the parameters stay.
    var groups: [ParameterGroup] { get }

    /// All parameters, group by group.
    var parameters: [Parameter] { get }

    /// Updates the parameters from their gradients, at learning rates multiplied by `factor`.
    func step(factor: Double)

    /// What a checkpoint must hold beside the parameters: what the optimiser remembers of each
    /// parameter that it has updated.
    ///
    /// Names are those of the parameters with a suffix, such as `.first` or `.steps`; their order is
    /// that of the parameters.
    var state: [(name: String, value: Tensor)] { get }

    /// Continues from a state that `state` returned; steps thereafter give the same bits.
    ///
    /// - Throws: ``OptimizerStateError`` if a name is unknown, or a tensor missing or of another
    ///   shape. The optimiser is left as it was.
    func restore(_ state: [(name: String, value: Tensor)]) throws(OptimizerStateError)
}

extension Optimizer {
    /// Updates the parameters at the rates of their groups.
    public func step() { step(factor: 1) }

    /// Forgets the gradients of all parameters.
    public func zeroGradients() { for parameter in parameters { parameter.zeroGradient() } }
}

/// A checkpoint that does not fit the optimiser, and why.
public struct OptimizerStateError: Error, CustomStringConvertible, Equatable {
    public let reason: String

    public var description: String { "cannot restore the optimiser: \(reason)" }
}
