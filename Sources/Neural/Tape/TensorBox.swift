import Tensors

/// A tensor with an identity: whoever holds the box sees what is written to it.
///
/// Values of variables and parameters live in boxes, so that an operation that is replayed writes to
/// the memory that others read, and nothing is copied.
final class TensorBox {
    var tensor: Tensor

    init(_ tensor: Tensor) { self.tensor = tensor }
}
