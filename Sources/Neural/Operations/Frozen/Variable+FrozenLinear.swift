import Tensors

extension Variable {
    /// Frozen affine map of the last axis, with its activation a.
    ///
    ///     h = x Wᵀ + b,   y = a(h)
    ///     dx = (dy · a′(h)) W
    ///
    /// The bits are those of ``FrozenLinear/apply(_:to:in:)``.
    ///
    /// - Returns: `[..., outputs]`, for a receiver of shape `[..., inputs]`.
    public func frozenLinear(_ map: FrozenLinear) -> Variable {
        let x = self, pool = tape.pool
        let outputs: [Int] = shape.dropLast() + [map.outputs]
        precondition(shape.last == map.inputs, "\(shape) × [\(map.outputs), \(map.inputs)]")
        if needsGradient { map.prepareGradient() }
        guard map.activation != .none, needsGradient else {
            return tape.record(outputs, from: [x]) { y in
                map.apply(x.value, to: &y, on: pool)
            } pullback: { dy, cotangents in
                cotangents.accumulate(into: x) { map.addInputGradient(dy, to: &$0, on: pool) }
            }
        }
        let h = tape.scratch(outputs)
        return tape.record(outputs, from: [x]) { y in
            map.apply(x.value, to: &h.value, isLinear: true, on: pool)
            map.activation.apply(h.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) { dx in
                map.activation.differentiate(dy, at: &h.value, on: pool)
                map.addInputGradient(h.value, to: &dx, on: pool)
            }
        }
    }
}
