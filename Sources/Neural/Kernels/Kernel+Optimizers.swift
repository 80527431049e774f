import CKernels
import Tensors

extension Kernel {
    typealias AdamFactors = avprep_adam_factors
    typealias SGDFactors = avprep_sgd_factors

    /// Updates a parameter and its moments; see ``AdamW`` and ``Adam`` for the formulas.
    static func updateByAdam(
        _ value: inout Tensor, _ gradient: Tensor, first: inout Tensor, second: inout Tensor,
        _ factors: AdamFactors
    ) {
        precondition(value.count == gradient.count && value.count == first.count)
        precondition(value.count == second.count)
        withUnsafePointer(to: factors) { factors in
            avprep_adam(
                &value.elements, &first.elements, &second.elements, gradient.elements,
                gradient.count, factors)
        }
    }

    /// Updates a parameter and its velocity; see ``SGD`` for the formulas.
    static func updateBySGD(
        _ value: inout Tensor, _ gradient: Tensor, velocity: inout Tensor, _ factors: SGDFactors
    ) {
        precondition(value.count == gradient.count && value.count == velocity.count)
        withUnsafePointer(to: factors) { factors in
            avprep_sgd(
                &value.elements, &velocity.elements, gradient.elements, gradient.count, factors)
        }
    }

    /// average ← decay · average + (1 − decay) · x, as `average + (1 − decay) (x − average)`.
    static func updateAverage(_ average: inout Tensor, with x: Tensor, decay: Float) {
        precondition(average.count == x.count)
        let rest = 1 - decay, count = x.count
        average.withSharedElements { average in
            withConstantElements(of: x) { x in
                for i in 0..<count { average.start[i] += rest * (x.start[i] - average.start[i]) }
            }
        }
    }
}
