import CKernels
public import Tensors

// Windows of a map are rows in another order. To norm and reorder in one pass saves one.

extension FrozenLayerNorm {
    /// Normalises chosen rows of a tensor, `[..., C]`, in the order given.
    ///
    /// - Parameters:
    ///   - x: `[..., C]`.
    ///   - order: For each row of `y` that of `x`; a negative number stands for a row of zeros.
    ///   - y: Becomes `[order.count, C]`.
    public func apply(_ x: Tensor, rows order: [Int], to y: Activations) {
        let columns = weight.count, rows = x.rows
        precondition(x.columns == columns && order.allSatisfy { $0 < rows })
        y.resize(rows: order.count, columns: columns)
        avprep_layer_norm_gather(
            &y.values, x.elements, order, weight.elements, bias.elements, order.count, columns,
            epsilon)
    }

    /// Adds normalised rows to those of another tensor.
    ///
    /// - Parameters:
    ///   - x: `[..., C]`.
    ///   - y: `[..., C]`.
    ///   - order: For each row of `x` that of `y`, none of them twice; a negative number leaves the
    ///     row out. Nil adds row by row.
    public func add(_ x: Tensor, to y: inout Tensor, rows order: [Int]? = nil) {
        let columns = weight.count, rows = y.rows
        precondition(x.columns == columns && y.columns == columns)
        guard let order else {
            precondition(x.rows == rows)
            avprep_add_layer_norm(
                &y.elements, x.elements, nil, weight.elements, bias.elements, rows, columns,
                epsilon)
            return
        }
        precondition(x.rows == order.count && order.allSatisfy { $0 < rows })
        avprep_add_layer_norm(
            &y.elements, x.elements, order, weight.elements, bias.elements, order.count, columns,
            epsilon)
    }
}
