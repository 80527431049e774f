public import Tensors

/// Rows on their way from one step of the frozen pass to the next, in the number type that its products
/// read.
///
/// One worker owns them and fills them again and again. Residual streams are tensors, in single
/// precision; what products read and what attention makes are activations.
public final class Activations {
    public let compute: ComputeType
    public private(set) var rows = 0
    public private(set) var columns = 0

    /// The elements by rows; those beyond `rows · columns` are left from before.
    var values: [Float] = []

    public init(_ compute: ComputeType) { self.compute = compute }

    /// Sets the shape, after which the elements are unspecified.
    public func resize(rows: Int, columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        if values.count < rows * columns { values = Array(repeating: 0, count: rows * columns) }
    }

    /// Takes over the rows of a tensor, `[..., C]`, rounded to the number type.
    public func load(_ x: Tensor) {
        resize(rows: x.rows, columns: x.columns)
        for i in x.elements.indices { values[i] = x.elements[i] }
    }

    /// Takes over chosen rows of a tensor, `[..., C]`, in the order given; a negative number stands
    /// for a row of zeros.
    public func load(_ x: Tensor, rows order: [Int]) {
        let c = x.columns
        resize(rows: order.count, columns: c)
        for (row, source) in order.enumerated() {
            for i in 0..<c { values[row * c + i] = source < 0 ? 0 : x.elements[source * c + i] }
        }
    }

    /// The rows in single precision, `[rows, columns]`.
    public var tensor: Tensor {
        Tensor(Array(values.prefix(rows * columns)), shape: [rows, columns])
    }
}
