import Tensors

/// Batch normalisation of the last axis, with statistics over all rows; at first without scale and shift.
///
/// As `torch.nn.BatchNorm1d`, though it does not count batches: on a tape that is differentiated the
/// batch's own statistics, and else the running ones.
public struct BatchNorm: Module {
    public let gamma: Parameter
    public let beta: Parameter
    public let running: RunningMoments
    let epsilon: Float

    public var parameters: [Parameter] { [gamma, beta] }
    public var buffers: [Parameter] { [running.mean, running.variance] }

    /// Creates a layer for rows of `features` elements.
    ///
    /// `name` prefixes the parameters' names.
    public init(_ name: String, features: Int, epsilon: Float = 1e-5, momentum: Float = 0.1) {
        gamma = Parameter("\(name).weight", Tensor(repeating: 1, shape: [features]))
        beta = Parameter("\(name).bias", Tensor(shape: [features]))
        running = RunningMoments(
            mean: Parameter(
                "\(name).running_mean", Tensor(shape: [features]), isTrainable: false),
            variance: Parameter(
                "\(name).running_var", Tensor(repeating: 1, shape: [features]), isTrainable: false),
            momentum: momentum)
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Variable) -> Variable {
        x.batchNorm(gamma, beta, running: running, epsilon: epsilon)
    }
}
