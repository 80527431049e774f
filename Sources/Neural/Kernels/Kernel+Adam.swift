import CKernels
import Tensors

extension Kernel {
    typealias AdamFactors = avprep_adam_factors

    /// Updates a parameter and its moments; see ``AdamW`` for the formulas.
    static func updateByAdam(
        _ value: inout Tensor, _ gradient: Tensor, first: inout Tensor, second: inout Tensor,
        _ factors: AdamFactors
    ) {
        precondition(value.shape == gradient.shape && value.shape == first.shape)
        precondition(value.shape == second.shape)
        withUnsafePointer(to: factors) { factors in
            avprep_adam(
                &value.elements, &first.elements, &second.elements, gradient.elements,
                gradient.count, factors)
        }
    }
}
