import Tensors

extension Variable {
    /// Product with a scalar parameter.
    ///
    ///     y = g · x
    ///     dx = g · dy,   dg = ⟨dy, x⟩
    public func scaled(by gate: Parameter) -> Variable {
        precondition(gate.value.count == 1, "gate of shape \(gate.value.shape)")
        let x = self, g = tape.variable(gate), pool = tape.pool
        let scale = g.value.elements[0]
        var y = Tensor(shape: shape)
        Kernel.add(x.value, times: scale, to: &y, on: pool)
        return tape.record(y, from: x, g) { dy, cotangents in
            cotangents.accumulate(into: x) { Kernel.add(dy, times: scale, to: &$0, on: pool) }
            cotangents.accumulate(into: g) { $0.elements[0] += Float(Kernel.dot(dy, x.value)) }
        }
    }
}
