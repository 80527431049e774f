import Tensors

/// How a map of tokens is cut into windows: which token each row of the windows is, and which tokens of
/// a window see each other.
///
/// The map is shifted cyclically, up and to the left, padded below and to the right to whole windows,
/// and cut; windows follow each other by rows, and so do the tokens in each.
///
/// Source: Liu et al., *Swin Transformer*, 2021 (arXiv:2103.14030), section 3.2 and figure 4.
struct WindowPartition: Sendable {
    /// Whether the map is padded before it is shifted, as in transformers, or after, as in timm.
    enum Padding: String, Codable, Sendable {
        case beforeShift
        case afterShift
    }

    let map: MapSize
    let shape: WindowShape

    /// Windows below and beside each other.
    let windows: MapSize

    init(_ map: MapSize, _ shape: WindowShape) {
        self.map = map
        self.shape = shape
        windows = MapSize(
            rows: (map.rows + shape.rows - 1) / shape.rows,
            columns: (map.columns + shape.columns - 1) / shape.columns)
    }

    /// For each row of the windows the token of the map; −1 for padding.
    func order(isShifted: Bool, _ padding: Padding) -> [Int] {
        let padded = MapSize(
            rows: windows.rows * shape.rows, columns: windows.columns * shape.columns)
        let rowSources = Self.sources(
            map.rows, padded.rows, shift: isShifted ? shape.rowShift : 0, padding)
        let columnSources = Self.sources(
            map.columns, padded.columns, shift: isShifted ? shape.columnShift : 0, padding)
        var order: [Int] = []
        order.reserveCapacity(padded.count)
        for top in stride(from: 0, to: padded.rows, by: shape.rows) {
            for left in stride(from: 0, to: padded.columns, by: shape.columns) {
                for row in rowSources[top..<top + shape.rows] {
                    for column in columnSources[left..<left + shape.columns] {
                        order.append(row < 0 || column < 0 ? -1 : row * map.columns + column)
                    }
                }
            }
        }
        return order
    }

    /// For each place on an axis of the shifted and padded map that of the map; −1 for padding.
    private static func sources(
        _ side: Int, _ padded: Int, shift: Int, _ padding: Padding
    ) -> [Int] {
        (0..<padded).map { place in
            switch padding {
            case .beforeShift:
                let source = (place + shift) % padded
                return source < side ? source : -1
            case .afterShift: return place < side ? (place + shift) % side : -1
            }
        }
    }

    /// For each shifted window its mask among ``masks(hidden:)``: plus 1 if it is one of the lowest,
    /// plus 2 if it is one of the rightmost.
    var patterns: [Int] {
        var patterns: [Int] = []
        for row in 0..<windows.rows {
            for column in 0..<windows.columns {
                patterns.append(
                    (row == windows.rows - 1 ? 1 : 0) + (column == windows.columns - 1 ? 2 : 0))
            }
        }
        return patterns
    }

    /// What is added to the scores of shifted windows, `[4, N, N]`.
    ///
    /// The lowest windows hold tokens that came round from above, and the rightmost such from the left:
    /// they and the others do not see each other. `hidden` is added where a token is not to be seen,
    /// else 0.
    func masks(hidden: Float) -> Tensor {
        let n = shape.count
        var masks = Tensor(shape: [4, n, n])
        for pattern in 0..<4 {
            // Which of up to four parts of a window a token is in.
            let parts = (0..<n).map { token in
                let isFromAbove = token / shape.columns >= shape.rows - shape.rowShift
                let isFromLeft = token % shape.columns >= shape.columns - shape.columnShift
                return (pattern & 1 != 0 && isFromAbove ? 1 : 0)
                    + (pattern & 2 != 0 && isFromLeft ? 2 : 0)
            }
            for query in 0..<n {
                for key in 0..<n where parts[query] != parts[key] {
                    masks.elements[(pattern * n + query) * n + key] = hidden
                }
            }
        }
        return masks
    }
}
