import Foundation
public import Tensors

/// How the weights of a fresh affine map are drawn.
public enum WeightInitialisation: Sendable, Equatable {
    /// Weights and bias uniform within ±1/√inputs, as `torch.nn.Linear` has them.
    case torchLinear

    /// Weights uniform within ±√(6 / (inputs + outputs)), bias zero.
    ///
    /// Source: Glorot, Bengio, *Understanding the difficulty of training deep feedforward neural
    /// networks*, 2010, eq. 16.
    case xavier

    /// Weights normal, drawn again while outside ±2 (absolute, as timm's `trunc_normal_`); bias zero.
    case normal(deviation: Float)

    /// Weights normal, drawn again while outside twice the deviation; bias zero.
    case truncatedNormal(deviation: Float)

    /// Weights and bias zero.
    case zero

    /// A weight `[inputs, outputs]` and a bias `[outputs]`.
    func draw(
        inputs: Int, outputs: Int, using generator: inout SplitMix64
    ) -> (weight: Tensor, bias: Tensor) {
        let shape = [inputs, outputs], zeros = Tensor(shape: [outputs])
        switch self {
        case .torchLinear:
            let bound = 1 / Float(inputs).squareRoot()
            return (
                .random(in: -bound...bound, shape: shape, using: &generator),
                .random(in: -bound...bound, shape: [outputs], using: &generator)
            )
        case .xavier:
            let bound = (6 / Float(inputs + outputs)).squareRoot()
            return (.random(in: -bound...bound, shape: shape, using: &generator), zeros)
        case .normal(let deviation), .truncatedNormal(let deviation):
            let bound = if case .normal = self { Float(2) } else { 2 * deviation }
            let elements = (0..<inputs * outputs).map { _ in
                Self.normal(deviation: deviation, within: bound, using: &generator)
            }
            return (Tensor(elements, shape: shape), zeros)
        case .zero:
            return (Tensor(shape: shape), zeros)
        }
    }

    /// Rows that are learned themselves, such as tokens, `[count, features]`.
    public func rows(
        _ count: Int, features: Int, using generator: inout SplitMix64
    ) -> Tensor {
        draw(inputs: count, outputs: features, using: &generator).weight
    }

    /// A normal deviate, by the transform of Box and Muller, 1958; drawn again while outside ±`bound`.
    static func normal(
        deviation: Float, within bound: Float, using generator: inout SplitMix64
    ) -> Float {
        while true {
            let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
            let angle = 2 * Double.pi * Double.random(in: 0..<1, using: &generator)
            let x = deviation * Float(radius * cos(angle))
            if abs(x) <= bound { return x }
        }
    }
}
