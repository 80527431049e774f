import Neural
import Tensors

extension VisionTransformer {
    /// Embeds a picture, `[height, width, 3]` of bytes, as the input of block 0, `[1 + N, C]`.
    ///
    /// Pixels are divided by 255, then normalised by channel.
    ///
    /// - Precondition: The picture is `imageSize` pixels high and wide.
    func embed(rgb: [UInt8], _ scratch: EncoderScratch) -> Tensor {
        let size = shape.imageSize
        precondition(rgb.count == size * size * 3, "\(rgb.count) bytes for a side of \(size)")
        let table = shape.pixels.tables
        return embed(height: size, width: size, scratch) { y, x, channel in
            table[channel][Int(rgb[(y * size + x) * 3 + channel])]
        }
    }

    /// Embeds a log-mel spectrogram, `[frames, bands]`, repeated to three channels as if it were a
    /// picture, as the input of block 0.
    ///
    /// What is left over of a row or a column of patches is not seen. Where the number of patches
    /// is not that of a whole picture, the position table is resized by linear interpolation along
    /// the whole sequence, the class token's entry included.
    ///
    /// Source: Lin et al., *Vision Transformers are Parameter-Efficient Audio-Visual Learners*, 2023
    /// (arXiv:2212.07983), as in the authors' code, `AVE/nets/net_trans.py`.
    func embed(spectrogram: Tensor, _ scratch: EncoderScratch) -> Tensor {
        let elements = spectrogram.elements, bands = spectrogram.columns
        return embed(height: spectrogram.rows, width: bands, scratch) { frame, band, _ in
            elements[frame * bands + band]
        }
    }

    private func embed(
        height: Int, width: Int, _ scratch: EncoderScratch,
        _ pixel: (_ y: Int, _ x: Int, _ channel: Int) -> Float
    ) -> Tensor {
        let side = shape.patchSize
        let grid = (rows: height / side, columns: width / side)

        // A patch is flattened as the convolution's kernel is: channel, row, column.
        var patches = Tensor(shape: [grid.rows * grid.columns, 3 * side * side])
        var place = 0
        for row in 0..<grid.rows {
            for column in 0..<grid.columns {
                for channel in 0..<3 {
                    for y in row * side..<(row + 1) * side {
                        for x in column * side..<(column + 1) * side {
                            patches.elements[place] = pixel(y, x, channel)
                            place += 1
                        }
                    }
                }
            }
        }
        scratch.normalised.load(patches)
        var embedded = Tensor(shape: [patches.rows, shape.width])
        patchEmbedding.apply(scratch.normalised, to: &embedded, in: scratch.workspace)
        var x = Tensor(
            classToken.elements + embedded.elements, shape: [1 + embedded.rows, shape.width])
        x.add(positions.rows == x.rows ? positions : positions.resizedRows(to: x.rows))
        return x
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

    /// Adds a tensor of the same shape.
    mutating func add(_ other: Tensor) {
        precondition(count == other.count)
        for i in elements.indices { elements[i] += other.elements[i] }
    }
}
