import Tensors

/// How HTS-AT makes a square picture of a log-mel spectrogram.
///
/// Each band is normalised by the statistics of training. A spectrogram that is shorter than the model
/// reads is stretched in time by bicubic interpolation. It is then cut in time into `ratio` parts, which
/// are put below each other, so that bands are rows, and frames columns.
///
/// Source: Chen et al., *HTS-AT*, 2022 (arXiv:2202.00874), section 2.1, as in transformers'
/// `ClapAudioEncoder`.
struct MelPicture: Sendable {
    let shape: Shape

    /// Of each band: `y = scale · x + shift`.
    let scale: [Float]
    let shift: [Float]

    struct Shape: Codable, Sendable, Equatable {
        /// Bands of a spectrogram, and the parts that it is cut into.
        var bands: Int
        var ratio: Int

        /// Rows and columns of the picture.
        var side: Int { bands * ratio }

        /// Frames that it has room for.
        var frames: Int { side * ratio }
    }

    /// Size of the map of patches, which is the same for all spectrograms that are not too long.
    func map(
        frames: Int, bands: Int, _ patch: PatchEmbedding.Shape
    ) throws(BackboneError) -> MapSize {
        guard bands == shape.bands, 1...shape.frames ~= frames else {
            throw BackboneError(
                "encode windows of \(frames)×\(bands)",
                "the backbone reads \(shape.bands) bands and up to \(shape.frames) frames")
        }
        return MapSize(rows: shape.side / patch.stride, columns: shape.side / patch.stride)
    }

    /// Draws the picture of a spectrogram, `[frames, bands]`.
    func draw(_ x: Tensor, to planes: inout PixelPlanes) {
        let bands = shape.bands, side = shape.side
        planes.fill(height: side, width: side) { pixels in
            for frame in 0..<shape.frames {
                let (part, column) = frame.quotientAndRemainder(dividingBy: side)
                let taps = CubicTaps(at: frame, of: shape.frames, in: x.rows)
                for band in 0..<bands {
                    var value: Float = 0
                    for tap in 0..<4 {
                        value += taps.weights[tap] * x.elements[taps.places[tap] * bands + band]
                    }
                    // The weights sum to 1, so that it may be normalised after as well as before.
                    pixels[(part * bands + band) * side + column] =
                        scale[band] * value + shift[band]
                }
            }
        }
    }
}

/// The four samples of which bicubic interpolation makes one, with the ends of both axes on each other.
///
/// As PyTorch's `interpolate(mode="bicubic", align_corners=True)`: Keys' kernel with a = −0.75, and
/// samples beyond an end are that end. With as many samples as before, nothing changes.
struct CubicTaps {
    let places: InlineArray<4, Int>
    let weights: InlineArray<4, Float>

    /// For sample `index` of `count`, from `original` samples.
    init(at index: Int, of count: Int, in original: Int) {
        // In single precision, as the reference: in double a long axis would differ in the fifth digit.
        let step = count > 1 ? Float(original - 1) / Float(count - 1) : 0
        let place = Float(index) * step
        let low = Int(place)
        let t = place - Float(low)
        let a: Float = -0.75
        func near(_ d: Float) -> Float { ((a + 2) * d - (a + 3)) * d * d + 1 }
        func far(_ d: Float) -> Float { ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
        weights = [far(t + 1), near(t), near(1 - t), far(2 - t)]
        places = [
            max(low - 1, 0), min(low, original - 1), min(low + 1, original - 1),
            min(low + 2, original - 1),
        ]
    }
}
