/// The number type in which the frozen pass multiplies.
///
/// Residual streams, norms and softmax are in single precision whichever it is.
public enum ComputeType: String, Sendable, CaseIterable {
    case f32
    case bf16
    case int8
}
