public import Models
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

    /// The size as a backbone sees it.
    func size(_ stream: Encoding.Stream) -> BackboneInput.Size {
        switch stream {
        case .visual: .picture(height: height, width: width)
        case .audio: .spectrogram(frames: height, bands: width)
        }
    }
}

extension Extraction {
    /// The shape of what this extraction makes, which need not be there yet.
    func shape(for stream: Encoding.Stream) -> EncodingShape {
        let feature = stream.extracted
        let shape = settings.arrays(of: feature)[0].shape
        return EncodingShape(
            fingerprint: recipe(of: feature).fingerprint, segments: shape[0],
            height: shape[1], width: shape[2])
    }
}

extension Encoding.Stream {
    /// What a stream reads.
    var extracted: ExtractedFeature { self == .visual ? .frames : .logMel }
}

extension Encoding.Stream {
    /// What a backbone reads of a stream.
    public var kind: BackboneInput.Kind { self == .visual ? .pictures : .spectrograms }
}
