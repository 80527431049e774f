import Tensors

extension Kernel {
    /// Adds `scale · x` to `y`; their shapes may differ, their counts may not.
    static func add(
        _ x: Tensor, times scale: Float = 1, to y: inout Tensor, on pool: WorkerPool = .serial
    ) {
        precondition(x.count == y.count)
        let count = x.count
        y.withSharedElements { y in
            withConstantElements(of: x) { x in
                pool.forEachRange(of: count, size: elementPiece) { piece in
                    for i in piece { y.start[i] += scale * x.start[i] }
                }
            }
        }
    }

    /// The larger of each element and zero.
    static func relu(_ x: Tensor) -> Tensor {
        Tensor(x.elements.map { $0 > 0 ? $0 : 0 }, shape: x.shape)
    }

    static func addReLUGradient(to dx: inout Tensor, _ dy: Tensor, _ x: Tensor) {
        precondition(dx.shape == x.shape && dy.shape == x.shape)
        for i in x.elements.indices { dx.elements[i] += x.elements[i] > 0 ? dy.elements[i] : 0 }
    }

    /// Sum of the products of corresponding elements.
    static func dot(_ x: Tensor, _ y: Tensor) -> Float {
        precondition(x.count == y.count)
        return Float(zip(x.elements, y.elements).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
    }
}
