import Tensors

/// Learned positions of a grid of patches.
struct PositionGrid: Sendable {
    let rows: Int
    let columns: Int

    /// By rows, `[rows · columns, C]`.
    let values: Tensor

    /// How positions of another grid are made from those that were learned.
    enum Resizing: String, Codable, Sendable {
        /// They are not: the model reads inputs of one size.
        case none

        case bicubic

        /// With a kernel that widens where the grid shrinks.
        case bicubicAntialiased
    }

    /// The positions of another grid.
    ///
    /// - Precondition: `resizing` is not `none`, or the grid is the same.
    func resized(rows: Int, columns: Int, _ resizing: Resizing) -> PositionGrid {
        if (rows, columns) == (self.rows, self.columns) { return self }
        precondition(resizing != .none)
        let antialias = resizing == .bicubicAntialiased, c = values.columns

        // Along rows first, then down columns.
        var wide = Tensor(shape: [self.rows * columns, c])
        let across = BicubicAxis(from: self.columns, to: columns, antialias: antialias)
        for row in 0..<self.rows {
            for (column, tap) in across.taps.enumerated() {
                for (offset, weight) in tap.weights.enumerated() {
                    wide.addRow(
                        weight, values, row * self.columns + tap.first + offset,
                        to: row * columns + column)
                }
            }
        }
        var resized = Tensor(shape: [rows * columns, c])
        let down = BicubicAxis(from: self.rows, to: rows, antialias: antialias)
        for (row, tap) in down.taps.enumerated() {
            for (offset, weight) in tap.weights.enumerated() {
                for column in 0..<columns {
                    resized.addRow(
                        weight, wide, (tap.first + offset) * columns + column,
                        to: row * columns + column)
                }
            }
        }
        return PositionGrid(rows: rows, columns: columns, values: resized)
    }
}

extension Tensor {
    /// Adds a multiple of a row of another tensor to a row.
    fileprivate mutating func addRow(
        _ factor: Float, _ other: Tensor, _ source: Int, to target: Int
    ) {
        let c = columns, other = other.elements.span
        var sums = elements.mutableSpan
        for i in 0..<c { sums[target * c + i] += factor * other[source * c + i] }
    }
}
