import COpenBLAS

/// A matrix that lies somewhere in memory, row by row; several threads may read it.
struct MatrixView: @unchecked Sendable {
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

    /// Extents as a product sees them.
    var extents: (rows: Int, columns: Int) { isTransposed ? (columns, rows) : (rows, columns) }

    /// Some of the rows that a product sees.
    func part(rows range: Range<Int>) -> MatrixView {
        var part =
            isTransposed
            ? MatrixView(start + range.lowerBound, rows, range.count, stride: stride)
            : MatrixView(start + range.lowerBound * stride, range.count, columns, stride: stride)
        part.isTransposed = isTransposed
        return part
    }

    /// Some of the columns that a product sees.
    func part(columns range: Range<Int>) -> MatrixView {
        transposed.part(rows: range).transposed
    }
}

extension Kernel {
    /// The product `scale · a · b`, stored at `c` or added to what is there.
    static func multiply(
        _ a: MatrixView, _ b: MatrixView, times scale: Float = 1,
        to c: UnsafeMutablePointer<Float>, stride: Int, adding: Bool = false
    ) {
        let (m, k) = a.extents, (depth, n) = b.extents
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
