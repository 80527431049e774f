import Tensors

/// Sum of two variables of one shape.
public func + (lhs: Variable, rhs: Variable) -> Variable {
    precondition(lhs.shape == rhs.shape, "\(lhs.shape) + \(rhs.shape)")
    let pool = lhs.tape.pool
    var y = lhs.value
    Kernel.add(rhs.value, to: &y, on: pool)
    return lhs.tape.record(y, from: lhs, rhs) { dy, cotangents in
        cotangents.accumulate(into: lhs) { Kernel.add(dy, to: &$0, on: pool) }
        cotangents.accumulate(into: rhs) { Kernel.add(dy, to: &$0, on: pool) }
    }
}
