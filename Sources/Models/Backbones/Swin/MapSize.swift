/// Rows and columns of a map of tokens.
struct MapSize: Codable, Sendable, Equatable {
    var rows: Int
    var columns: Int

    /// Number of tokens.
    var count: Int { rows * columns }

    /// The map after merging 2 × 2 tokens, where an odd side is padded to an even one.
    var merged: MapSize { MapSize(rows: (rows + 1) / 2, columns: (columns + 1) / 2) }

    /// This map, and those of the stages after it.
    func stages(_ count: Int) -> [MapSize] {
        var maps = [self]
        while maps.count < count { maps.append(maps[maps.count - 1].merged) }
        return maps
    }
}

extension MapSize: CustomStringConvertible {
    var description: String { "\(rows)×\(columns)" }
}
