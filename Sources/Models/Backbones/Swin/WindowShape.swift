/// The windows in which the blocks of a stage attend.
struct WindowShape: Codable, Sendable, Equatable {
    /// Tokens of a window.
    var rows: Int
    var columns: Int

    /// How far the windows of every second block are shifted, down and to the right.
    var rowShift: Int
    var columnShift: Int

    /// Windows of that many tokens, shifted by half.
    init(_ rows: Int, _ columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        (rowShift, columnShift) = (rows / 2, columns / 2)
    }

    /// Square windows, shifted by half.
    init(square side: Int) { self.init(side, side) }

    /// Number of tokens.
    var count: Int { rows * columns }

    var size: MapSize { MapSize(rows: rows, columns: columns) }

    /// Whether there is anything to shift.
    var isShifted: Bool { rowShift > 0 || columnShift > 0 }

    /// These windows on a map, each axis by itself: where the map is not larger than a window, the
    /// window is as large as the map and not shifted.
    func clipped(to map: MapSize) -> WindowShape {
        var shape = self
        if map.rows <= rows { (shape.rows, shape.rowShift) = (map.rows, 0) }
        if map.columns <= columns { (shape.columns, shape.columnShift) = (map.columns, 0) }
        return shape
    }

    /// These windows on a map, square as that of transformers: where the shorter side of the map is
    /// not larger than a window, the side of a window is that side, and none is shifted.
    func squareClipped(to map: MapSize) -> WindowShape {
        let side = min(map.rows, map.columns)
        guard side <= rows else { return self }
        var shape = self
        (shape.rows, shape.columns, shape.rowShift, shape.columnShift) = (side, side, 0, 0)
        return shape
    }
}

/// How the windows of a stage follow from its map.
enum WindowRule: String, Codable, Sendable {
    /// They are the same for every map; maps are padded to whole windows.
    case fixed

    /// ``WindowShape/clipped(to:)``
    case clipped

    /// ``WindowShape/squareClipped(to:)``
    case squareClipped

    func callAsFunction(_ shape: WindowShape, on map: MapSize) -> WindowShape {
        switch self {
        case .fixed: shape
        case .clipped: shape.clipped(to: map)
        case .squareClipped: shape.squareClipped(to: map)
        }
    }
}
