import CKernels
import Tensors

extension Kernel {
    /// Replaces each row of `[..., C]` by its softmax, exp(scale · x) over its sum.
    static func softmaxRows(of x: inout Tensor, scale: Float = 1) {
        precondition(scale >= 0)
        let (rows, columns) = (x.rows, x.columns)
        avprep_softmax(&x.elements, rows, columns, scale)
    }
}
