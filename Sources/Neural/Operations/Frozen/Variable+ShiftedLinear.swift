import Tensors

extension Variable {
    /// Frozen affine map of the last axis to whose bias something is added, with its activation a.
    ///
    ///     h = x Wᵀ + b + u,   y = a(h)
    ///     dh = dy · a′(h),   dx = dh W,   du = Σ dh over rows
    ///
    /// Where u is zero the bits are those of ``frozenLinear(_:)``.
    ///
    /// - Parameters:
    ///   - map: The map.
    ///   - shift: u, `[outputs]`.
    /// - Returns: `[..., outputs]`, for a receiver of shape `[..., inputs]`.
    public func frozenLinear(_ map: FrozenLinear, shiftedBy shift: Variable) -> Variable {
        let x = self, u = shift, pool = tape.pool
        let outputs: [Int] = shape.dropLast() + [map.outputs]
        precondition(
            shape.last == map.inputs && u.shape == [map.outputs],
            "\(shape) × [\(map.outputs), \(map.inputs)] + \(u.shape)")
        if needsGradient { map.prepareGradient() }
        let h = tape.scratch(outputs)
        return tape.record(outputs, from: [x, u]) { y in
            map.apply(x.value, to: &h.value, isLinear: true, on: pool)
            Kernel.addRow(u.value, to: &h.value, on: pool)
            map.activation.apply(h.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            map.activation.differentiate(dy, at: &h.value, on: pool)
            cotangents.accumulate(into: x) { map.addInputGradient(h.value, to: &$0, on: pool) }
            cotangents.contribute(to: u) { du, adding in
                Kernel.sumRows(of: h.value, to: &du, adding: adding, on: pool)
            }
        }
    }
}
