public import Tensors

/// Rows on their way from one step of the frozen pass to the next.
///
/// One worker owns them and fills them again and again. They are in single precision; a product rounds
/// the rows that it reads to its number type while it packs them, a block of rows at a time.
public final class Activations {
    /// The number type of the products that read the rows.
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

    /// Takes over the rows of a tensor, `[..., C]`.
    public func load(_ x: Tensor) {
        resize(rows: x.rows, columns: x.columns)
        withMutableElements { values in
            x.elements.withUnsafeBufferPointer {
                if let start = $0.baseAddress { values.update(from: start, count: $0.count) }
            }
        }
    }

    /// Takes over chosen rows of a tensor, `[..., C]`, in the order given; a negative number stands
    /// for a row of zeros.
    public func load(_ x: Tensor, rows order: [Int]) {
        let c = x.columns
        precondition(order.allSatisfy { $0 < x.rows })
        resize(rows: order.count, columns: c)
        withMutableElements { values in
            x.elements.withUnsafeBufferPointer { x in
                for (row, source) in order.enumerated() {
                    if source < 0 {
                        (values + row * c).update(repeating: 0, count: c)
                    } else {
                        (values + row * c).update(from: x.baseAddress! + source * c, count: c)
                    }
                }
            }
        }
    }

    /// The rows, `[rows, columns]`.
    public var tensor: Tensor {
        Tensor(Array(values.prefix(rows * columns)), shape: [rows, columns])
    }

    /// Lends the elements for reading; `body` is not called if there are none.
    func withElements(_ body: (UnsafePointer<Float>) -> Void) {
        guard rows * columns > 0 else { return }
        values.withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    /// Lends the elements for writing; `body` is not called if there are none.
    func withMutableElements(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        guard rows * columns > 0 else { return }
        values.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}
