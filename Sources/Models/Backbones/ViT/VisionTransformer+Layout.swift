import Tensors

extension VisionTransformer {
    func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(BackboneError) -> StateLayout {
        let height: Int, width: Int, input: String
        var dropsRemainders = true
        switch size {
        case .picture(let rows, let columns):
            (height, width, input) = (rows, columns, "frames of \(columns)×\(rows)")
            guard shape.pixels != nil else { throw refusal("frames") }
            dropsRemainders = shape.dropsRemainders
        case .spectrogram(let frames, let bands):
            input = "windows of \(frames) frames × \(bands) bands"
            switch shape.spectrograms {
            case .asPicture: (height, width) = (frames, bands)
            case .transposed: (height, width) = (bands, frames)
            case nil: throw refusal("windows")
            }
        case .text: throw refusal("text")
        }
        try check(height, width, input, dropsRemainders)
        let grid = shape.patches.grid(height: height, width: width)
        return StateLayout(
            specials: embedding.specials.rows, rows: grid.rows, columns: grid.columns,
            width: shape.width)
    }

    private func refusal(_ input: String) -> BackboneError {
        let known = inputs.map(\.rawValue).sorted().joined(separator: " and ")
        return BackboneError("encode \(input)", "the backbone reads \(known)")
    }

    /// Refuses sizes that the model's reference refuses.
    private func check(
        _ height: Int, _ width: Int, _ input: String, _ dropsRemainders: Bool
    ) throws(BackboneError) {
        let side = shape.patches.side
        if (height, width) == (shape.inputHeight, shape.inputWidth) { return }
        guard shape.resizing != .none else {
            throw BackboneError(
                "encode \(input)",
                "the backbone reads \(shape.inputWidth) frames × \(shape.inputHeight) bands")
        }
        guard height >= side, width >= side else {
            throw BackboneError(
                "encode \(input)", "a patch of the backbone has \(side)×\(side)")
        }
        guard
            dropsRemainders || height.isMultiple(of: side) && width.isMultiple(of: side)
        else {
            throw BackboneError(
                "encode \(input)",
                "the backbone reads \(shape.inputWidth)×\(shape.inputHeight) or multiples of "
                    + "\(side); extract them with --size \(shape.inputHeight)")
        }
    }
}
