import Tensors

/// Difference of two variables of one shape.
///
///     y = x − u
///     dx = dy,   du = −dy
public func - (lhs: Variable, rhs: Variable) -> Variable {
    precondition(lhs.shape == rhs.shape, "\(lhs.shape) − \(rhs.shape)")
    let pool = lhs.tape.pool
    return lhs.tape.record(lhs.shape, from: [lhs, rhs]) { y in
        Kernel.sum(lhs.value, times: 1, rhs.value, times: -1, to: &y, on: pool)
    } pullback: { dy, cotangents in
        cotangents.contribute(to: lhs) { dx, adding in
            Kernel.scale(dy, by: 1, to: &dx, adding: adding, on: pool)
        }
        cotangents.contribute(to: rhs) { du, adding in
            Kernel.scale(dy, by: -1, to: &du, adding: adding, on: pool)
        }
    }
}
