public import Tensors

/// An affine map of rows whose weights never change, packed once for the processor at hand.
///
///     y = activation(x Wᵀ + b)
///
/// oneDNN multiplies, adds the bias and applies the activation in one go, on the calling thread.
/// Any number of threads may call at once: give each an image. A row's result depends on that row
/// and on the number of rows in the call.
public final class FrozenLinear: Sendable {
    /// What is applied to each element of the result.
    public enum Activation: Sendable {
        case none

        /// `x · Φ(x)`, with the exact normal distribution function Φ.
        case gelu

        /// The approximation `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`: SigLIP's.
        case geluTanh

        /// The approximation `x · σ(1.702 x)`: CLIP's.
        case quickGELU

        /// `max(x, 0)`
        case relu
    }

    public let inputs: Int
    public let outputs: Int
    public let compute: ComputeType

    private let product: PackedProduct

    /// Packs published weights.
    ///
    /// - Parameters:
    ///   - weight: `[outputs, inputs]`, as checkpoints store it.
    ///   - bias: `[outputs]`.
    ///   - activation: Applied to each element of the result.
    ///   - compute: The number type to multiply in.
    /// - Throws: ``OneDNN/Error`` if the library has no such product on this machine.
    public init(
        weight: Tensor, bias: Tensor?, activation: Activation = .none, compute: ComputeType = .f32
    ) throws(OneDNN.Error) {
        self.compute = compute
        precondition(weight.shape.count == 2, "weights of shape \(weight.shape)")
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let bias = bias ?? Tensor(shape: [outputs])
        precondition(bias.shape == [outputs], "bias \(bias.shape) for \(outputs) outputs")
        product = try PackedProduct(weight, bias: bias, activation: activation)
    }

    /// Maps `[..., inputs]` to `[..., outputs]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = Tensor(shape: x.shape.dropLast() + [outputs])
        apply(x, to: &y)
        return y
    }

    /// Maps `[rows, inputs]` to `[rows, outputs]`, for the next product or for attention.
    public func apply(_ x: Activations, to y: Activations, in workspace: Workspace) {
        y.resize(rows: x.rows, columns: outputs)
        var result = Tensor(shape: [x.rows, outputs])
        apply(x.tensor, to: &result)
        y.load(result)
    }

    /// Maps `[rows, inputs]` to `[..., outputs]` in single precision, overwriting the elements of `y`.
    public func apply(_ x: Activations, to y: inout Tensor, in workspace: Workspace) {
        apply(x.tensor, to: &y)
    }

    /// Maps `[rows, inputs]` to `[..., outputs]`, and adds the result to `y`.
    public func add(_ x: Activations, to y: inout Tensor, in workspace: Workspace) {
        var result = Tensor(shape: y.shape)
        apply(x.tensor, to: &result)
        for i in y.elements.indices { y.elements[i] += result.elements[i] }
    }

    /// Maps `[..., inputs]` to `[..., outputs]`, whose elements are overwritten.
    ///
    /// The first call with a new number of rows compiles the product for it, in about 0.3 ms.
    public func apply(_ x: Tensor, to y: inout Tensor) {
        let rows = x.rows
        precondition(x.columns == inputs && y.columns == outputs && y.rows == rows)
        guard rows > 0 else { return }
        do throws(OneDNN.Error) {
            try x.elements.withUnsafeBufferPointer { x throws(OneDNN.Error) in
                try y.elements.withUnsafeMutableBufferPointer { y throws(OneDNN.Error) in
                    try product(x.baseAddress!, rows: rows, to: y.baseAddress!)
                }
            }
        } catch {
            // Packing has shown that the library has the product: what is missing now is memory.
            preconditionFailure("\(error)")
        }
    }
}
