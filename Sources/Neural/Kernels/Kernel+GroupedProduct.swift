import Tensors

// Weights of a group, `[outputs / groups, inputs / groups]`, lie one after the other; its channels are
// columns of `x` and `y`, so their rows lie a whole row of channels apart.

extension Kernel {
    /// Stores x_g W_gᵀ at `y`'s columns of each group, or x_g W_g if it is not transposed; or adds it.
    ///
    /// A worker computes a group of ``productPanel`` rows at a time.
    static func groupedProduct(
        _ x: Tensor, _ w: Tensor, groups: Int, transposed: Bool, to y: inout Tensor, adding: Bool,
        on pool: WorkerPool
    ) {
        let (rows, from, to) = (x.rows, x.columns, y.columns)
        let (outputs, inputs) = (w.rows / groups, w.columns)
        precondition(y.rows == rows && from / groups == (transposed ? inputs : outputs))
        precondition(to / groups == (transposed ? outputs : inputs))
        let panels = (rows + productPanel - 1) / productPanel
        y.withSharedElements { y in
            withConstantElements(of: x, w) { x, w in
                pool.forEach(groups * panels) { piece in
                    let group = piece / panels, first = piece % panels * productPanel
                    let left = MatrixView(
                        x + (first * from + group * (from / groups)),
                        min(productPanel, rows - first), from / groups, stride: from)
                    let block = MatrixView(
                        w + group * outputs * inputs, outputs, inputs, stride: inputs)
                    multiply(
                        left, transposed ? block.transposed : block,
                        to: y + (first * to + group * (to / groups)), stride: to, adding: adding)
                }
            }
        }
    }

    /// Stores dy_gᵀ x_g at each group's weights, or adds it.
    static func groupedWeightGradient(
        _ dy: Tensor, _ x: Tensor, groups: Int, to dw: inout Tensor, adding: Bool,
        on pool: WorkerPool
    ) {
        let (rows, from, to) = (x.rows, x.columns, dy.columns)
        let (inputs, outputs) = (from / groups, to / groups)
        precondition(dy.rows == rows && dw.rows == to && dw.columns == inputs)
        dw.withSharedElements { dw in
            withConstantElements(of: dy, x) { dy, x in
                pool.forEach(groups) { group in
                    multiply(
                        MatrixView(dy + group * outputs, rows, outputs, stride: to).transposed,
                        MatrixView(x + group * inputs, rows, inputs, stride: from),
                        to: dw + group * outputs * inputs, stride: inputs, adding: adding)
                }
            }
        }
    }
}
