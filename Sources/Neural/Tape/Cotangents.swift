import Tensors

/// Derivatives of the loss with respect to the variables of a tape, where they are needed.
///
/// Memory goes back to a list of free arrays by size as soon as an operation has been visited, and
/// stays there for later passes: after the first one nothing is allocated. Gradients of parameters
/// are written to the parameters themselves.
struct Cotangents {
    /// By operation; none if no contribution has been made yet.
    private var slots: [[Float]?] = []

    private var free: [Int: FreeArrays] = [:]

    /// Arrays of one size that nobody uses; an object, since writing into a dictionary in place takes
    /// memory of its own each time.
    private final class FreeArrays {
        var arrays: [[Float]] = []
    }

    /// Makes room for the slots of that many operations.
    mutating func reserve(_ count: Int) {
        if slots.count < count {
            slots += Array(repeating: nil, count: count - slots.count)
        }
    }

    /// The cotangent of an operation's output, if there is any; its slot is empty afterwards.
    mutating func take(_ operation: Int, shape: [Int]) -> Tensor? {
        guard slots[operation] != nil else { return nil }
        var elements: [Float]?
        swap(&elements, &slots[operation])
        return elements.map { Tensor($0, shape: shape) }
    }

    /// Keeps the memory of a cotangent that nobody needs any more.
    mutating func release(_ cotangent: consuming Tensor) {
        let count = cotangent.count
        guard let list = free[count] else {
            let list = FreeArrays()
            list.arrays.append(cotangent.elements)
            return free[count] = list
        }
        list.arrays.append(cotangent.elements)
    }

    /// Lets `body` contribute to the cotangent of `variable`, unless nothing is differentiated there.
    ///
    /// If `body` is told that it is not to add, elements are unspecified and it writes all of them.
    mutating func contribute(
        to variable: Variable, _ body: (_ cotangent: inout Tensor, _ adding: Bool) -> Void
    ) {
        switch variable.origin {
        case .constant, .varying: return
        case .parameter(let parameter): parameter.contribute(in: variable.shape, body)
        case .operation(let index):
            var elements: [Float]?
            swap(&elements, &slots[index])
            let adding = elements != nil
            let count = variable.count
            var cotangent = Tensor(
                elements ?? free[count]?.arrays.popLast() ?? Array(repeating: 0, count: count),
                shape: variable.shape)
            elements = nil  // `body` writes in place only if nobody else holds the elements.
            body(&cotangent, adding)
            slots[index] = cotangent.elements
        }
    }

    /// Lets `body` add to the cotangent of `variable`, initially zero, unless nothing is
    /// differentiated there.
    mutating func accumulate(into variable: Variable, _ body: (inout Tensor) -> Void) {
        contribute(to: variable) { cotangent, adding in
            if !adding { cotangent.fill(0) }
            body(&cotangent)
        }
    }
}
