import Tensors

extension Variable {
    /// Applies an activation of frozen maps to each element.
    ///
    ///     y = a(x)
    ///     dx = dy · a′(x)
    public func activated(by activation: FrozenLinear.Activation) -> Variable {
        guard activation != .none else { return self }
        let x = self, pool = tape.pool, slope = tape.scratch(shape)
        return tape.record(shape, from: [x]) { y in
            activation.apply(x.value, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) { dx in
                Kernel.scale(x.value, by: 1, to: &slope.value, adding: false, on: pool)
                activation.differentiate(dy, at: &slope.value, on: pool)
                Kernel.scale(slope.value, by: 1, to: &dx, adding: true, on: pool)
            }
        }
    }
}
