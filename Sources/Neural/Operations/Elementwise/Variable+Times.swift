import Tensors

/// Product of two variables of one shape, element by element.
public func * (lhs: Variable, rhs: Variable) -> Variable { lhs.multiplied(by: rhs) }

extension Variable {
    /// Product with a number.
    ///
    ///     y = s · x
    ///     dx = s · dy
    public func times(_ scale: Float) -> Variable {
        let x = self, pool = tape.pool
        return tape.record(shape, from: [x]) { y in
            Kernel.scale(x.value, by: scale, to: &y, adding: false, on: pool)
        } pullback: { dy, cotangents in
            cotangents.contribute(to: x) { dx, adding in
                Kernel.scale(dy, by: scale, to: &dx, adding: adding, on: pool)
            }
        }
    }
}
