import Neural
import Tensors

/// The layers of a block that treat each token alone.
///
///     FFN x = W₂ · activation(W₁ x)      or, gated,      FFN x = W₂ (activation(V x) ⊙ W₁ x)
///
/// Source of the gated form: Shazeer, *GLU Variants Improve Transformer*, 2020 (arXiv:2002.05202).
struct FeedForward: Sendable {
    /// `[C → hidden]`; it has the activation, unless there is a gate.
    let expansion: FrozenLinear
    let contraction: FrozenLinear

    /// `[C → hidden]`, with the activation.
    var gate: FrozenLinear?

    /// Maps rows of `x` and adds the result to `y`.
    func add(_ x: Activations, to y: inout Tensor, _ scratch: EncoderScratch) {
        if let gate {
            scratch.gate.reshape([x.rows, gate.outputs])
            scratch.gated.reshape([x.rows, gate.outputs])
            gate.apply(x, to: &scratch.gate, in: scratch.workspace)
            expansion.apply(x, to: &scratch.gated, in: scratch.workspace)
            scratch.gated.multiply(by: scratch.gate)
            scratch.hidden.load(scratch.gated)
        } else {
            expansion.apply(x, to: scratch.hidden, in: scratch.workspace)
        }
        contraction.add(scratch.hidden, to: &y, in: scratch.workspace)
    }
}

extension Tensor {
    /// Sets the shape, after which the elements are unspecified; allocates if the shape is new.
    mutating func reshape(_ shape: [Int]) {
        if self.shape != shape { self = Tensor(shape: shape) }
    }

    /// Multiplies by a tensor of the same shape, element by element.
    mutating func multiply(by other: Tensor) {
        precondition(count == other.count)
        var products = elements.mutableSpan
        let other = other.elements.span
        for i in products.indices { products[i] *= other[i] }
    }
}
