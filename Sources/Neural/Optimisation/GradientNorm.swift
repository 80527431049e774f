import Tensors

/// Scales all gradients down together, if the norm of their concatenation exceeds `maximum`.
///
///     g ← g · min(1, maximum / (‖g‖ + 1e-6)),   ‖g‖² = Σ over all parameters and elements of g²
///
/// The sum is taken in double precision, tensor by tensor in order. The same as
/// `torch.nn.utils.clip_grad_norm_`; a norm that is not finite leaves gradients that are not.
///
/// - Parameters:
///   - parameters: Those without gradient count for nothing.
///   - maximum: Largest norm wanted.
/// - Returns: The norm before.
@discardableResult
public func clipGradientNorm(_ parameters: [Parameter], maximum: Double) -> Double {
    var squares = 0.0
    for parameter in parameters {
        guard let gradient = parameter.gradient else { continue }
        squares += Kernel.dot(gradient, gradient)
    }
    let norm = squares.squareRoot(), factor = maximum / (norm + 1e-6)
    if !(factor >= 1) {
        for parameter in parameters { parameter.scaleGradient(by: Float(factor)) }
    }
    return norm
}
