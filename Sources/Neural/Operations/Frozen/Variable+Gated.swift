import Tensors

extension Variable {
    /// Product with another variable of the same shape, element by element.
    ///
    ///     y = x · u,   dx = dy · u,   du = dy · x
    public func multiplied(by other: Variable) -> Variable {
        let x = self, u = other, pool = tape.pool
        precondition(shape == u.shape, "\(shape) · \(u.shape)")
        return tape.record(shape, from: [x, u]) { y in
            Kernel.multiplyElements(x.value, u.value, to: &y, adding: false, on: pool)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) {
                Kernel.multiplyElements(dy, u.value, to: &$0, adding: true, on: pool)
            }
            cotangents.accumulate(into: u) {
                Kernel.multiplyElements(dy, x.value, to: &$0, adding: true, on: pool)
            }
        }
    }

    /// The swish function with a fixed slope.
    ///
    ///     y = x · σ(βx)
    ///     dx = dy · σ(βx) · (1 + βx · (1 − σ(βx)))
    ///
    /// Source: Ramachandran, Zoph, Le, *Searching for Activation Functions*, 2017 (arXiv:1710.05941).
    public func swish(_ beta: Float) -> Variable {
        let x = self, pool = tape.pool, slope = tape.scratch(shape)
        return tape.record(shape, from: [x]) { y in
            Kernel.swish(x.value, beta, to: &y, on: pool)
        } pullback: { dy, cotangents in
            cotangents.accumulate(into: x) { dx in
                Kernel.scale(x.value, by: 1, to: &slope.value, adding: false, on: pool)
                Kernel.differentiateSwish(dy, at: &slope.value, beta, on: pool)
                Kernel.scale(slope.value, by: 1, to: &dx, adding: true, on: pool)
            }
        }
    }
}
