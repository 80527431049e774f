/// Where the patches of a picture or spectrogram lie: a convolution's windows, which may overlap.
struct PatchGeometry: Codable, Sendable, Equatable {
    /// Height and width of a patch.
    var side: Int

    /// From one patch to the next below, and to the next on the right.
    var rowStep: Int
    var columnStep: Int

    var channels: Int

    /// Patches side by side.
    init(side: Int, channels: Int = 3) {
        self.init(side: side, rowStep: side, columnStep: side, channels: channels)
    }

    init(side: Int, rowStep: Int, columnStep: Int, channels: Int) {
        (self.side, self.rowStep, self.columnStep) = (side, rowStep, columnStep)
        self.channels = channels
    }

    /// How many rows and columns of whole patches fit into an input; negative or 0 if none.
    func grid(height: Int, width: Int) -> (rows: Int, columns: Int) {
        guard height >= side, width >= side else { return (0, 0) }
        return ((height - side) / rowStep + 1, (width - side) / columnStep + 1)
    }

    /// Number of elements of a patch.
    var elements: Int { channels * side * side }
}
