import COpenBLAS

/// A matrix that lies somewhere in memory, row by row.
struct MatrixView {
    let start: UnsafePointer<Float>
    let rows: Int
    let columns: Int

    /// Elements from one row to the next.
    let stride: Int

    /// Whether products use its transpose; extents and stride are those in memory.
    private(set) var isTransposed = false

    init(_ start: UnsafePointer<Float>, _ rows: Int, _ columns: Int, stride: Int) {
        (self.start, self.rows, self.columns, self.stride) = (start, rows, columns, stride)
    }

    var transposed: MatrixView {
        var view = self
        view.isTransposed.toggle()
        return view
    }
}

extension Kernel {
    /// The product `scale · a · b`, stored at `c` or added to what is there.
    static func multiply(
        _ a: MatrixView, _ b: MatrixView, times scale: Float = 1,
        to c: UnsafeMutablePointer<Float>, stride: Int, adding: Bool = false
    ) {
        let (m, k) = a.isTransposed ? (a.columns, a.rows) : (a.rows, a.columns)
        let (n, depth) = b.isTransposed ? (b.rows, b.columns) : (b.columns, b.rows)
        precondition(k == depth, "a product of \(k) with \(depth)")
        guard m > 0, n > 0 else { return }
        NumericLibraries.prepareThread()
        cblas_sgemm(
            CblasRowMajor,
            a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
            Int32(m), Int32(n), Int32(k),
            scale, a.start, Int32(a.stride), b.start, Int32(b.stride),
            adding ? 1 : 0, c, Int32(stride))
    }
}
