public import Tensors

extension Tape {
    /// A value that never changes, through which no gradient flows.
    public func constant(_ value: Tensor) -> Variable {
        Variable(shape: value.shape, tape: self, box: TensorBox(value), origin: .constant)
    }

    /// Elements that are set before each replay, at first zero; no gradient flows through them.
    public func input(_ shape: [Int]) -> Variable {
        let box = TensorBox(Tensor(shape: shape))
        heldElements += box.tensor.count
        return Variable(shape: shape, tape: self, box: box, origin: .varying)
    }

    /// The value of a parameter; a backward pass adds to the parameter's gradient.
    ///
    /// Variable and parameter share memory. A frozen parameter is a constant, so that it must not
    /// change as long as the tape is replayed.
    public func variable(_ parameter: Parameter) -> Variable {
        let origin: Variable.Origin =
            switch purpose {
            case _ where !parameter.isTrainable: .constant
            case .values: .constant
            case .gradients, .replays(differentiated: true): .parameter(parameter)
            case .replays(differentiated: false): .varying
            }
        return Variable(
            shape: parameter.value.shape, tape: self, box: parameter.box, origin: origin)
    }

    /// Appends an operation that fills its output, of a given shape.
    ///
    /// Both closures read the values of inputs when they are called, which is once for each replay.
    ///
    /// - Parameters:
    ///   - shape: Of the output.
    ///   - inputs: What it is computed from; it is no constant if one of these is none.
    ///   - compute: Writes every element of the output, whose old ones are unspecified.
    ///   - pullback: Adds to the cotangents of the inputs, of each that needs a gradient.
    /// - Returns: The output.
    func record(
        _ shape: [Int], from inputs: [Variable], compute: @escaping Compute,
        pullback: @escaping Pullback
    ) -> Variable {
        record(TensorBox(Tensor(shape: shape)), from: inputs, compute: compute, pullback: pullback)
    }

    /// The same for an operation whose derivative is a function of its output.
    func record(
        _ shape: [Int], from inputs: [Variable], compute: @escaping Compute,
        pullbackOfOutput pullback:
            @escaping (_ y: Tensor, _ dy: Tensor, _ cotangents: inout Cotangents) -> Void
    ) -> Variable {
        let box = TensorBox(Tensor(shape: shape))
        return record(box, from: inputs, compute: compute) { dy, cotangents in
            pullback(box.tensor, dy, &cotangents)
        }
    }

    private func record(
        _ box: TensorBox, from inputs: [Variable], compute: @escaping Compute,
        pullback: @escaping Pullback
    ) -> Variable {
        let shape = box.tensor.shape
        func output(_ origin: Variable.Origin) -> Variable {
            Variable(shape: shape, tape: self, box: box, origin: origin)
        }
        guard isReplayed(inputs) else {
            compute(&box.tensor)
            return output(.constant)
        }
        if case .gradients = purpose { compute(&box.tensor) }
        let isDifferentiated = inputs.contains(where: \.needsGradient)
        operations.append(
            Operation(
                shape: shape, output: box, compute: compute,
                pullback: isDifferentiated ? pullback : nil,
                inputs: inputs.compactMap {
                    if case .operation(let index) = $0.origin { index } else { nil }
                }))
        return output(isDifferentiated ? .operation(operations.count - 1) : .varying)
    }

    private func isReplayed(_ inputs: [Variable]) -> Bool {
        if case .values = purpose { return false }
        return inputs.contains { !$0.isConstant }
    }

    /// Tells the dropouts of a network apart, by the order in which they are recorded.
    func nextNoisySite() -> Int {
        noisySites += 1
        return noisySites
    }

    /// Memory for one operation, whose elements are unspecified at first.
    ///
    /// An operation keeps in it what its pullback needs, or works in it.
    func scratch(_ shape: [Int]) -> Kept<Tensor> { keep(Tensor(shape: shape), elements: \.count) }

    /// The same for memory of several parts, which has a number of elements.
    func keep<Value>(_ value: Value, elements: (Value) -> Int) -> Kept<Value> {
        heldElements += elements(value)
        return Kept(value)
    }

    /// Memory that an operation keeps from its computation to its pullback.
    final class Kept<Value> {
        var value: Value

        fileprivate init(_ value: Value) { self.value = value }
    }
}
