import Storage

/// What encoding must know of its input before a clip is read.
struct EncodingShape: Sendable, Equatable {
    /// Fingerprint of the input's recipe.
    let fingerprint: String

    /// Pictures or windows of a clip.
    let segments: Int

    /// Extents of a picture or a spectrogram.
    let height: Int
    let width: Int
}

extension Extraction {
    /// The shape of what this extraction makes, which need not be there yet.
    func shape(for stream: Encoding.Stream) -> EncodingShape {
        let feature: ExtractedFeature = stream == .visual ? .frames : .logMel
        let array = array(of: feature)
        return EncodingShape(
            fingerprint: recipe(of: feature).fingerprint, segments: array.shape[0],
            height: array.shape[1], width: array.shape[2])
    }
}
