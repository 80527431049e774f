public import Tensors

/// An affine map of rows whose weights never change, packed once for the processor at hand.
///
///     y = activation(x Wᵀ + b)
///
/// Bias and activation are applied to a tile of results before it leaves the cache, on the calling
/// thread. Any number of threads may call at once: give each an image and a workspace. A row's result
/// depends on that row alone.
public final class FrozenLinear: Sendable {
    /// What is applied to each element of the result.
    public enum Activation: Sendable, CaseIterable {
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

    /// Why a map cannot be packed.
    public struct Error: Swift.Error, CustomStringConvertible, Equatable {
        public let description: String
    }

    public let inputs: Int
    public let outputs: Int
    public let compute: ComputeType

    private let weights: PackedWeights

    /// Packs published weights.
    ///
    /// - Parameters:
    ///   - weight: `[outputs, inputs]`, as checkpoints store it.
    ///   - bias: `[outputs]`.
    ///   - activation: Applied to each element of the result.
    ///   - compute: The number type to multiply in.
    /// - Throws: ``Error`` if a weight or bias is not finite.
    public convenience init(
        weight: Tensor, bias: Tensor?, activation: Activation = .none, compute: ComputeType = .f32
    ) throws(Error) {
        try self.init(
            weight: weight, bias: bias, activation: activation, compute: compute, level: .highest)
    }

    /// Packs weights for a level that may be lower than the processor's.
    init(
        weight: Tensor, bias: Tensor?, activation: Activation = .none, compute: ComputeType,
        level: InstructionLevel
    ) throws(Error) {
        precondition(weight.shape.count == 2, "weights of shape \(weight.shape)")
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let bias = bias ?? Tensor(shape: [outputs])
        precondition(bias.shape == [outputs], "bias \(bias.shape) for \(outputs) outputs")
        guard weight.elements.allSatisfy(\.isFinite), bias.elements.allSatisfy(\.isFinite) else {
            throw Error(
                description: "cannot pack weights \(inputs) × \(outputs): one is not finite")
        }
        self.compute = compute
        weights = PackedWeights(weight, bias: bias, activation: activation, compute, level)
    }

    /// Maps `[..., inputs]` to `[..., outputs]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        var y = Tensor(shape: x.shape.dropLast() + [outputs])
        apply(x, to: &y)
        return y
    }

    /// Maps `[rows, inputs]` to `[rows, outputs]`, for the next product or for attention.
    public func apply(_ x: Activations, to y: Activations, in workspace: Workspace) {
        precondition(x.columns == inputs && x !== y)
        y.resize(rows: x.rows, columns: outputs)
        x.withElements { source in
            y.withMutableElements {
                weights.multiply(source, rows: x.rows, to: $0, adding: false, in: workspace)
            }
        }
    }

    /// Maps `[rows, inputs]` to `[..., outputs]`, overwriting the elements of `y`.
    public func apply(_ x: Activations, to y: inout Tensor, in workspace: Workspace) {
        multiply(x, to: &y, adding: false, workspace)
    }

    /// Maps `[rows, inputs]` to `[..., outputs]`, and adds the result to `y`.
    public func add(_ x: Activations, to y: inout Tensor, in workspace: Workspace) {
        multiply(x, to: &y, adding: true, workspace)
    }

    /// Maps `[..., inputs]` to `[..., outputs]`, whose elements are overwritten.
    public func apply(_ x: Tensor, to y: inout Tensor) {
        precondition(x.columns == inputs && y.columns == outputs && y.rows == x.rows)
        guard x.count > 0, y.count > 0 else { return }
        x.elements.withUnsafeBufferPointer { source in
            y.elements.withUnsafeMutableBufferPointer {
                weights.multiply(
                    source.baseAddress!, rows: x.rows, to: $0.baseAddress!, adding: false,
                    in: Workspace())
            }
        }
    }

    private func multiply(
        _ x: Activations, to y: inout Tensor, adding: Bool, _ workspace: Workspace
    ) {
        precondition(x.columns == inputs && y.columns == outputs && y.rows == x.rows)
        x.withElements { source in
            y.elements.withUnsafeMutableBufferPointer {
                weights.multiply(
                    source, rows: x.rows, to: $0.baseAddress!, adding: adding, in: workspace)
            }
        }
    }
}
