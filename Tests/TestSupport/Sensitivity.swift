public import Neural
import Tensors

/// How far gradients move, relative to their norms, where every parameter moves by up to a millionth of
/// itself: what rounding in single precision can account for.
///
/// - Parameters:
///   - parameters: Those that are moved, and whose gradients are compared. They are as before afterwards,
///     with gradients of zero.
///   - differentiate: Adds gradients, of the same numbers each time.
/// - Returns: A share for each parameter, in their order.
public func sensitivities(
    of parameters: [Parameter], differentiate: () throws -> Void
) rethrows -> [Double] {
    func gradients() throws -> [Tensor] {
        parameters.forEach { $0.zeroGradient() }
        try differentiate()
        defer { parameters.forEach { $0.zeroGradient() } }
        return parameters.map { $0.gradient ?? Tensor(shape: $0.value.shape) }
    }
    let values = parameters.map(\.value), before = try gradients()
    defer { for (parameter, value) in zip(parameters, values) { parameter.value = value } }
    var generator = SplitMix64(seed: 1)
    for parameter in parameters {
        for index in parameter.value.elements.indices {
            parameter.value.elements[index] *= 1 + .random(in: -1e-6...1e-6, using: &generator)
        }
    }
    return zip(try gradients(), before).map(relativeError)
}
