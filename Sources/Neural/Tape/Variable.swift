public import Tensors

/// A tensor on a tape: the input or the output of differentiable operations.
public struct Variable {
    public let shape: [Int]

    /// Where operations on it are recorded.
    public let tape: Tape

    let box: TensorBox
    let origin: Origin

    /// Where a variable's elements come from, which decides what must be done again, and whether the
    /// loss is differentiated with respect to it.
    enum Origin {
        /// They are the same in all replays.
        case constant

        /// They change from replay to replay, and nothing is differentiated.
        case varying

        /// The differentiable operation with this index computes them.
        case operation(Int)

        case parameter(Parameter)
    }

    /// The elements as of now; they belong to the caller, whatever is replayed afterwards.
    public var value: Tensor { Tensor(box.tensor.elements, shape: shape) }

    /// Number of elements.
    public var count: Int { box.tensor.count }

    /// Extent of the last axis; 1 for a scalar.
    public var columns: Int { shape.last ?? 1 }

    /// Product of all axes but the last.
    public var rows: Int { shape.dropLast().reduce(1, *) }

    /// Whether the loss may be differentiated with respect to it; false for constants and inputs.
    public var needsGradient: Bool {
        switch origin {
        case .constant, .varying: false
        case .operation, .parameter: true
        }
    }

    /// Whether it is the same in all replays.
    public var isConstant: Bool { if case .constant = origin { true } else { false } }

    /// The same elements in another shape.
    ///
    ///     dx = dy, in the shape of x
    ///
    /// Both are one and the same memory, and nothing is recorded.
    public func reshaped(to shape: [Int]) -> Variable {
        precondition(shape.reduce(1, *) == count, "\(self.shape) as \(shape)")
        return Variable(shape: shape, tape: tape, box: box, origin: origin)
    }
}

/// Filling the inputs of a tape, from step to step.
extension Variable {
    /// Copies elements into an input.
    ///
    /// - Precondition: It is an input of its tape, and `tensor` has its shape.
    public func set(_ tensor: Tensor) {
        precondition(tensor.shape == shape, "an input of \(shape) is set to \(tensor.shape)")
        withElements { elements in
            for i in elements.indices { elements[i] = tensor.elements[i] }
        }
    }

    /// Lets `body` write the elements of an input in place; it must not change their number.
    ///
    /// - Precondition: It is an input of its tape.
    public func withElements<Result>(
        _ body: (inout [Float]) throws -> Result
    ) rethrows -> Result {
        guard case .varying = origin else { preconditionFailure("only inputs are written to") }
        let count = count
        defer { precondition(box.tensor.count == count, "an input of \(shape) changed its size") }
        return try body(&box.tensor.elements)
    }

    /// Trades the elements of an input for those of a tensor, of which neither is copied.
    ///
    /// A reader that fills one tensor while the step works on the other needs two of them in all.
    ///
    /// - Precondition: It is an input of its tape, and `tensor` has its shape.
    public func exchange(_ tensor: inout Tensor) {
        precondition(tensor.shape == shape, "an input of \(shape) is set to \(tensor.shape)")
        withElements { swap(&$0, &tensor.elements) }
    }
}
