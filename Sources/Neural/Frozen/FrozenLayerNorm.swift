public import Tensors

/// Layer normalisation of rows whose scale and shift never change.
///
/// See ``Variable/layerNorm(_:_:epsilon:)`` for the formula.
public struct FrozenLayerNorm: Sendable {
    public let weight: Tensor
    public let bias: Tensor
    public let epsilon: Float

    /// Creates a map of rows of `C` elements.
    ///
    /// - Parameters:
    ///   - weight: `[C]`, scale.
    ///   - bias: `[C]`, shift.
    ///   - epsilon: Added to the variance; part of a backbone's configuration.
    public init(weight: Tensor, bias: Tensor, epsilon: Float) {
        precondition(weight.shape.count == 1 && bias.shape == weight.shape)
        (self.weight, self.bias, self.epsilon) = (weight, bias, epsilon)
    }

    /// Maps `[..., C]` to the same shape.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = Tensor(shape: x.shape)
        apply(x, to: &y)
        return y
    }

    /// Maps `[..., C]` to the same shape, overwriting the elements of `y`.
    public func apply(_ x: Tensor, to y: inout Tensor) {
        Kernel.normaliseRows(of: x, gamma: weight, beta: bias, epsilon: epsilon, to: &y)
    }

    /// Maps `[..., C]` to rows for a product.
    public func apply(_ x: Tensor, to y: Activations) { y.load(self(x)) }

    /// Normalises the rows of `x`, `[..., C]`, where they are.
    public func apply(to x: inout Tensor) { x = self(x) }
}
