import Tensors

/// The address of elements that several threads write, in ranges that do not overlap.
struct SharedElements: @unchecked Sendable {
    let start: UnsafeMutablePointer<Float>

    static func + (base: SharedElements, offset: Int) -> UnsafeMutablePointer<Float> {
        base.start + offset
    }
}

/// The address of elements that several threads read.
struct ConstantElements: @unchecked Sendable {
    let start: UnsafePointer<Float>

    static func + (base: ConstantElements, offset: Int) -> UnsafePointer<Float> {
        base.start + offset
    }
}

extension Tensor {
    /// Lends the elements to workers for writing; `body` is not called if there are none.
    mutating func withSharedElements(_ body: (SharedElements) -> Void) {
        elements.withUnsafeMutableBufferPointer { elements in
            if let start = elements.baseAddress { body(SharedElements(start: start)) }
        }
    }

    /// Sets every element.
    mutating func fill(_ value: Float) {
        withSharedElements { [count] elements in
            elements.start.update(repeating: value, count: count)
        }
    }

    /// Lends the elements to workers for reading.
    fileprivate func withConstantElements(_ body: (ConstantElements) -> Void) {
        elements.withUnsafeBufferPointer { elements in
            if let start = elements.baseAddress { body(ConstantElements(start: start)) }
        }
    }
}

extension Kernel {
    /// Lends the elements of two tensors to workers for writing.
    static func withSharedElements(
        of x: inout Tensor, _ y: inout Tensor, _ body: (SharedElements, SharedElements) -> Void
    ) {
        x.withSharedElements { x in y.withSharedElements { y in body(x, y) } }
    }

    static func withConstantElements(of x: Tensor, _ body: (ConstantElements) -> Void) {
        x.withConstantElements(body)
    }

    static func withConstantElements(
        of x: Tensor, _ y: Tensor, _ body: (ConstantElements, ConstantElements) -> Void
    ) {
        x.withConstantElements { x in y.withConstantElements { y in body(x, y) } }
    }

    static func withConstantElements(
        of x: Tensor, _ y: Tensor, _ z: Tensor,
        _ body: (ConstantElements, ConstantElements, ConstantElements) -> Void
    ) {
        withConstantElements(of: x, y) { x, y in z.withConstantElements { z in body(x, y, z) } }
    }
}
