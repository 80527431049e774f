import Tensors

extension Kernel {
    /// Stores the product `scale · op(a[i]) · op(b[i])` at `c[i]`, or adds it, for all matrices of three
    /// batches; a worker computes one at a time.
    static func batchedProduct(
        _ a: Tensor, _ b: Tensor, transposed: (a: Bool, b: Bool), times scale: Float,
        to c: inout Tensor, adding: Bool, on pool: WorkerPool
    ) {
        let count = c.shape[0]
        let (aRows, aColumns, bRows, bColumns) = (a.shape[1], a.shape[2], b.shape[1], b.shape[2])
        let (cSize, cColumns) = (c.shape[1] * c.shape[2], c.shape[2])
        precondition(a.shape[0] == count && b.shape[0] == count)
        precondition(c.shape[1] == (transposed.a ? aColumns : aRows))
        precondition(cColumns == (transposed.b ? bRows : bColumns))
        c.withSharedElements { c in
            withConstantElements(of: a, b) { a, b in
                pool.forEach(count) { i in
                    let left = MatrixView(
                        a + i * aRows * aColumns, aRows, aColumns, stride: aColumns)
                    let right = MatrixView(
                        b + i * bRows * bColumns, bRows, bColumns, stride: bColumns)
                    multiply(
                        transposed.a ? left.transposed : left,
                        transposed.b ? right.transposed : right, times: scale, to: c + i * cSize,
                        stride: cColumns, adding: adding)
                }
            }
        }
    }
}
