public import Tensors

/// An affine map of the last axis whose matrix is block-diagonal, `y = x W + b`.
///
/// Channels form contiguous groups, and an output sees the inputs of its own group alone, as in a
/// convolution with groups over one point. The weight is `[outputs, inputs / groups]` in memory and in
/// checkpoints, as PyTorch keeps that of such a convolution.
public struct GroupedLinear: Module {
    public let weight: Parameter
    public let bias: Parameter?
    public let groups: Int

    public var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }

    /// Creates a map from `inputs` to `outputs` features in `groups` groups, which divide both.
    ///
    /// Initial values are those of a map from the inputs of one group; `name` prefixes the parameters'
    /// names.
    public init(
        _ name: String, inputs: Int, outputs: Int, groups: Int, hasBias: Bool = true,
        initial: WeightInitialisation = .torchLinear,
        using generator: inout SplitMix64
    ) {
        precondition(
            groups > 0 && inputs.isMultiple(of: groups) && outputs.isMultiple(of: groups),
            "\(inputs) → \(outputs) in \(groups) groups")
        let values = initial.draw(inputs: inputs / groups, outputs: outputs, using: &generator)
        weight = Parameter(
            "\(name).weight", Tensor(values.weight.elements, shape: [outputs, inputs / groups]))
        bias = hasBias ? Parameter("\(name).bias", values.bias) : nil
        self.groups = groups
    }

    public func callAsFunction(_ x: Variable) -> Variable {
        x.groupedLinear(weight, bias: bias, groups: groups)
    }
}
