import Tensors

extension VisionTransformer.Embedding {
    /// Positions of all tokens of an input whose patches lie on a grid, `[tokens, C]`.
    func positions(
        rows: Int, columns: Int, _ resizing: PositionGrid.Resizing
    ) -> Tensor {
        let grid = positions.resized(rows: rows, columns: columns, resizing)
        return Tensor(
            specialPositions.elements + grid.values.elements,
            shape: [specialPositions.rows + grid.values.rows, grid.values.columns])
    }

    /// Positions of a number of tokens without regard to the grid, `[count, C]`.
    ///
    /// Where there are not as many as were learned, the whole table is resized by linear
    /// interpolation, the entries of special tokens included.
    ///
    /// Source: Lin et al., *Vision Transformers are Parameter-Efficient Audio-Visual Learners*,
    /// 2023 (arXiv:2212.07983), as in the authors' code, `AVE/nets/net_trans.py`.
    func positions(inARowOf count: Int) -> Tensor {
        let all = positions(rows: positions.rows, columns: positions.columns, .none)
        return all.rows == count ? all : all.resizedRows(to: count)
    }
}

extension Tensor {
    /// Rows resized by linear interpolation between the centres of old and new ones, `[count, C]`.
    ///
    /// As PyTorch's `interpolate(mode="linear", align_corners=False)` along the rows.
    func resizedRows(to count: Int) -> Tensor {
        var resized = Tensor(shape: [count, columns])
        let ratio = Double(rows) / Double(count)
        for row in 0..<count {
            let place = max(0, (Double(row) + 0.5) * ratio - 0.5)
            let low = Int(place), high = min(low + 1, rows - 1)
            let share = Float(place - Double(low))
            for c in 0..<columns {
                resized.elements[row * columns + c] =
                    (1 - share) * elements[low * columns + c] + share * elements[high * columns + c]
            }
        }
        return resized
    }
}
