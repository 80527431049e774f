public import Tensors

/// A table of rows that are looked up by number, such as those of words.
public struct Embedding: Module {
    /// `[count, features]`.
    public let weight: Parameter

    public var parameters: [Parameter] { [weight] }

    /// Creates a table of `count` rows, drawn from the standard normal distribution.
    ///
    /// `name` prefixes the parameter's name.
    public init(
        _ name: String, count: Int, features: Int,
        using generator: inout SplitMix64
    ) {
        let elements = (0..<count * features).map { _ in
            WeightInitialisation.normal(deviation: 1, within: .infinity, using: &generator)
        }
        weight = Parameter("\(name).weight", Tensor(elements, shape: [count, features]))
    }

    /// The rows with the numbers `indices`, `[...]`: `[..., features]`.
    public func callAsFunction(_ indices: Variable) -> Variable {
        indices.tape.variable(weight).gatheredRows(indices)
    }
}
