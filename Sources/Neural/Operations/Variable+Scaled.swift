import Tensors

extension Variable {
    /// Product with a scalar parameter.
    ///
    ///     y = g · x
    ///     dx = g · dy,   dg = ⟨dy, x⟩
    public func scaled(by gate: Parameter) -> Variable {
        precondition(gate.value.count == 1, "gate of shape \(gate.value.shape)")
        let x = self, g = tape.variable(gate), pool = tape.pool
        return tape.record(shape, from: [x, g]) { y in
            Kernel.scale(x.value, by: g.value.elements[0], to: &y, adding: false, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.scale(dy, by: g.value.elements[0], to: &dx, adding: adding, on: pool)
            }
            cotangents.accumulate(into: g) { $0.elements[0] += Float(Kernel.dot(dy, x.value)) }
        }
    }
}
