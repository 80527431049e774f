import Foundation
import Tensors

/// What a cross-entropy with two classes is computed from.
enum BinaryCrossEntropy {
    case ofLogits
    case ofProbabilities

    /// The loss of one element.
    func value(_ x: Double, target t: Double) -> Double {
        switch self {
        case .ofLogits: max(x, 0) - x * t + log1p(exp(-abs(x)))
        case .ofProbabilities: -t * max(log(x), -100) - (1 - t) * max(log1p(-x), -100)
        }
    }

    /// Its derivative by `x`.
    func slope(_ x: Double, target t: Double) -> Double {
        switch self {
        case .ofLogits: 1 / (1 + exp(-x)) - t
        case .ofProbabilities: (x - t) / max(x * (1 - x), 1e-12)
        }
    }
}

extension Kernel {
    /// Sum of weight · loss over all elements.
    static func sum(
        of loss: BinaryCrossEntropy, _ x: Tensor, targets: Tensor, weights: Tensor?
    ) -> Double {
        precondition(targets.count == x.count)
        return x.elements.indices.reduce(0) { sum, i in
            sum + Double(weights?.elements[i] ?? 1)
                * loss.value(Double(x.elements[i]), target: Double(targets.elements[i]))
        }
    }

    /// Adds scale · weight · derivative to each element.
    static func addGradient(
        of loss: BinaryCrossEntropy, to dx: inout Tensor, _ x: Tensor, targets: Tensor,
        weights: Tensor?, scale: Double
    ) {
        precondition(dx.count == x.count && targets.count == x.count)
        for i in x.elements.indices {
            dx.elements[i] += Float(
                scale * Double(weights?.elements[i] ?? 1)
                    * loss.slope(Double(x.elements[i]), target: Double(targets.elements[i])))
        }
    }
}
