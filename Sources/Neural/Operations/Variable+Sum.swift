import Tensors

/// Sum of two variables of one shape.
public func + (lhs: Variable, rhs: Variable) -> Variable {
    precondition(lhs.shape == rhs.shape, "\(lhs.shape) + \(rhs.shape)")
    let pool = lhs.tape.pool
    return lhs.tape.record(lhs.shape, from: [lhs, rhs]) { y in
        Kernel.sum(lhs.value, rhs.value, to: &y, on: pool)
    } pullback: { dy, cotangents in
        cotangents.contribute(to: lhs) { dx, adding in
            Kernel.scale(dy, by: 1, to: &dx, adding: adding, on: pool)
        }
        cotangents.contribute(to: rhs) { dx, adding in
            Kernel.scale(dy, by: 1, to: &dx, adding: adding, on: pool)
        }
    }
}
