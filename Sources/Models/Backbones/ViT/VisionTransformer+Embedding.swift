import Neural
import Tensors

extension VisionTransformer {
    /// Makes the input of block 0: the part of a worker that sees pictures and spectrograms.
    ///
    /// Positions are kept from one input to the next of the same size.
    final class Embedder {
        private let model: VisionTransformer
        private let pixelTable: [Float]
        private var patches = Tensor(shape: [0, 0])
        private var embedded = Tensor(shape: [0, 0])

        /// The positions of all tokens, `[tokens, C]`, and of what they are.
        private var positions = Tensor(shape: [0, 0])
        private var place: Place?

        /// What decides the positions of all tokens.
        private enum Place: Equatable {
            /// Patches of a grid.
            case grid(rows: Int, columns: Int)

            /// A number of tokens in a row.
            case sequence(Int)
        }

        init(_ model: VisionTransformer) {
            self.model = model
            pixelTable = model.shape.pixels?.tables.flatMap { $0 } ?? []
        }

        /// Embeds an input of a size for which the model has a layout, `[tokens, C]`.
        func embed(_ input: BackboneInput, to x: inout Tensor, _ scratch: EncoderScratch) {
            switch input {
            case .picture(let rgb, let height, let width):
                precondition(rgb.count == height * width * 3)
                let geometry = model.shape.patches
                let grid = geometry.grid(height: height, width: width)
                geometry.cut(rgb, width: width, table: pixelTable, grid, to: &patches)
                find(.grid(rows: grid.rows, columns: grid.columns))
            case .spectrogram(let spectrogram): cut(spectrogram)
            case .text: preconditionFailure("a ViT reads no text")
            }
            add(to: &x, scratch)
            model.embedding.norm?.apply(to: &x)
        }

        /// Cuts a log-mel spectrogram, `[frames, bands]`.
        private func cut(_ spectrogram: Tensor) {
            let geometry = model.shape.patches, bands = spectrogram.columns
            switch model.shape.spectrograms {
            case .asPicture:
                let grid = geometry.grid(height: spectrogram.rows, width: bands)
                geometry.cut(
                    spectrogram.elements, rowStride: bands, columnStride: 1,
                    SpectrogramNormalisation(mean: 0, deviation: 1), grid, to: &patches)
                find(.sequence(model.embedding.specials.rows + patches.rows))
            case .transposed(let normalisation):
                let grid = geometry.grid(height: bands, width: spectrogram.rows)
                geometry.cut(
                    spectrogram.elements, rowStride: 1, columnStride: bands, normalisation, grid,
                    to: &patches)
                find(.grid(rows: grid.rows, columns: grid.columns))
            case nil: preconditionFailure("the model reads no spectrograms")
            }
        }

        private func find(_ place: Place) {
            if place == self.place { return }
            self.place = place
            switch place {
            case .grid(let rows, let columns):
                positions = model.embedding.positions(
                    rows: rows, columns: columns, model.shape.resizing)
            case .sequence(let count): positions = model.embedding.positions(inARowOf: count)
            }
        }

        private func add(to x: inout Tensor, _ scratch: EncoderScratch) {
            let specials = model.embedding.specials, c = model.shape.width
            embedded.reshape([patches.rows, c])
            scratch.normalised.load(patches)
            model.embedding.patches.apply(scratch.normalised, to: &embedded, in: scratch.workspace)
            x.reshape([specials.rows + embedded.rows, c])
            x.setRows(from: 0, to: specials, plus: positions)
            x.setRows(from: specials.rows, to: embedded, plus: positions)
        }
    }
}

extension Tensor {
    /// Sets rows, from one on, to the sum of those of `x` and of the rows of `y` with their own
    /// numbers.
    fileprivate mutating func setRows(from first: Int, to x: Tensor, plus y: Tensor) {
        let start = first * columns
        precondition(start + x.count <= count && y.count == count)
        var sums = elements.mutableSpan
        let x = x.elements.span, y = y.elements.span
        for i in x.indices { sums[start + i] = x[i] + y[start + i] }
    }
}
