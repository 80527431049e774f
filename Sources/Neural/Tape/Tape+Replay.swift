public import Tensors

extension Tape {
    /// Computes all recorded operations again, in their order.
    public func replay() {
        for index in operations.indices {
            let operation = operations[index]
            operation.compute(&operation.output.tensor)
        }
    }

    /// Adds the gradient of a loss to every trainable parameter it depends on.
    ///
    /// - Parameters:
    ///   - loss: A scalar recorded on this tape.
    ///   - weight: What the gradient is multiplied by, such as a batch's share of those that
    ///     gradients are accumulated over.
    public func backward(from loss: Variable, weight: Float = 1) {
        precondition(loss.count == 1, "the loss has shape \(loss.shape)")
        differentiate(loss) { cotangent in cotangent.fill(weight) }
    }

    /// Adds the gradient of ⟨cotangent, output⟩ to every trainable parameter it depends on.
    public func backward(from output: Variable, cotangent: Tensor) {
        precondition(output.shape == cotangent.shape)
        differentiate(output) { Kernel.scale(cotangent, by: 1, to: &$0, adding: false, on: pool) }
    }

    /// Visits operations in reverse order of recording, which is a topological order of the graph.
    private func differentiate(_ output: Variable, _ seed: (inout Tensor) -> Void) {
        precondition(output.tape === self, "the loss was recorded on another tape")
        cotangents.reserve(operations.count)
        cotangents.contribute(to: output) { cotangent, adding in
            if !adding { return seed(&cotangent) }
            // Only a parameter has a gradient before its pass begins.
            var contribution = Tensor(shape: cotangent.shape)
            seed(&contribution)
            Kernel.scale(contribution, by: 1, to: &cotangent, adding: true, on: pool)
        }
        guard case .operation(let last) = output.origin else { return }
        for index in stride(from: last, through: 0, by: -1) {
            guard let pullback = operations[index].pullback,
                let cotangent = cotangents.take(index, shape: operations[index].shape)
            else { continue }
            pullback(cotangent, &cotangents)
            cotangents.release(cotangent)
        }
    }

    /// Bytes that the tape holds: inputs, outputs of operations, and what these keep; with the
    /// cotangents of a pass back from `loss`, if one is given.
    ///
    /// The values and gradients of parameters, which tapes share, are not counted.
    public func bytes(differentiating loss: Variable? = nil) -> Int {
        let outputs = operations.reduce(0) { $0 + $1.output.tensor.count }
        let elements = heldElements + outputs + (loss.map(cotangentElements) ?? 0)
        return elements * MemoryLayout<Float>.stride
    }

    /// Elements of cotangents that a backward pass takes: the pass itself, with sizes alone.
    private func cotangentElements(from loss: Variable) -> Int {
        guard case .operation(let last) = loss.origin else { return 0 }
        var free: [Int: Int] = [:], total = 0
        var isHeld = Array(repeating: false, count: operations.count)
        func hold(_ index: Int) {
            guard !isHeld[index] else { return }
            isHeld[index] = true
            let count = operations[index].output.tensor.count
            if let spare = free[count], spare > 0 {
                free[count] = spare - 1
            } else {
                total += count
            }
        }
        hold(last)
        for index in stride(from: last, through: 0, by: -1) where isHeld[index] {
            operations[index].inputs.forEach(hold)
            free[operations[index].output.tensor.count, default: 0] += 1
        }
        return total
    }
}
