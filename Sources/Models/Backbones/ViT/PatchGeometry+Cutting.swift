import Tensors

extension PatchGeometry {
    /// Cuts a picture into patches, `[rows · columns, channels · side · side]`.
    ///
    /// - Parameters:
    ///   - rgb: `[height, width, 3]`.
    ///   - width: In pixels.
    ///   - table: What each byte becomes: 256 values for each channel.
    ///   - grid: Rows and columns of patches.
    ///   - patches: Becomes them.
    func cut(
        _ rgb: [UInt8], width: Int, table: [Float], _ grid: (rows: Int, columns: Int),
        to patches: inout Tensor
    ) {
        let rgb = rgb.span, table = table.span
        forEachLine(of: grid, in: &patches) { patches, line, y, x, channel in
            var source = (y * width + x) * 3 + channel
            let first = channel * 256
            for i in line {
                patches[i] = table[first + Int(rgb[source])]
                source += 3
            }
        }
    }

    /// Cuts a spectrogram into patches, the same in every channel.
    ///
    /// - Parameters:
    ///   - spectrogram: Of any two axes.
    ///   - rowStride: How many elements lie between one row and the next.
    ///   - columnStride: How many lie between one column and the next.
    ///   - normalisation: What is done to the elements.
    ///   - grid: Rows and columns of patches.
    ///   - patches: Becomes them.
    func cut(
        _ spectrogram: [Float], rowStride: Int, columnStride: Int,
        _ normalisation: SpectrogramNormalisation, _ grid: (rows: Int, columns: Int),
        to patches: inout Tensor
    ) {
        let values = spectrogram.span
        let mean = normalisation.mean, deviation = normalisation.deviation
        forEachLine(of: grid, in: &patches) { patches, line, y, x, _ in
            var source = y * rowStride + x * columnStride
            for i in line {
                patches[i] = (values[source] - mean) / deviation
                source += columnStride
            }
        }
    }

    /// Calls `body` for each line of each patch: its place among the patches, and where it begins
    /// in the input.
    private func forEachLine(
        of grid: (rows: Int, columns: Int), in patches: inout Tensor,
        _ body: (
            _ patches: inout MutableSpan<Float>, _ line: Range<Int>, _ y: Int, _ x: Int,
            _ channel: Int
        ) -> Void
    ) {
        patches.reshape([grid.rows * grid.columns, elements])
        var span = patches.elements.mutableSpan
        var place = 0
        for row in 0..<grid.rows {
            for column in 0..<grid.columns {
                for channel in 0..<channels {
                    for y in 0..<side {
                        let line = place..<place + side
                        body(&span, line, row * rowStep + y, column * columnStep, channel)
                        place += side
                    }
                }
            }
        }
    }
}
