/// How a decoded picture becomes one of the cache.
public struct PictureSettings: Sendable, Codable, Equatable {
    /// How a picture of another shape is brought to the wanted size.
    public enum Fit: String, Sendable, Codable, CaseIterable {
        /// Both sides to the wanted ones, whatever the shape was.
        case squash

        /// Scaled until it covers the wanted size, then cut on both sides alike.
        case shortCrop = "short-crop"

        /// Scaled until it fits into the wanted size, in the middle of black.
        case letterbox
    }

    /// How pixels are weighed when a picture is scaled.
    public enum Kernel: String, Sendable, Codable, CaseIterable {
        /// FFmpeg's kernels, on the stored planes, in the same pass as the conversion to RGB; widened when it shrinks.
        case bicubic
        case bilinear
        case area

        /// Pillow's kernels on the RGB picture, widened when it shrinks; also those of torchvision's antialiased resizing.
        case pillowBicubic = "pillow-bicubic"
        case pillowBilinear = "pillow-bilinear"

        /// PyTorch's bicubic interpolation without antialiasing: four by four pixels, a = −0.75.
        case torchBicubic = "torch-bicubic"

        /// OpenCV's default: two by two pixels.
        case openCVBilinear = "opencv-bilinear"
    }

    /// What becomes of pictures that consist of two fields.
    public enum Deinterlacing: String, Sendable, Codable, CaseIterable {
        /// Those flagged so keep the lines of the field shown first; each other line becomes the mean of its neighbours.
        case automatic
        case off
    }

    /// What the lowest and highest code mean.
    public enum Range: String, Sendable, Codable, CaseIterable {
        /// As the stream says; limited if it says nothing.
        case automatic
        case limited
        case full
    }

    /// How luma and chroma make up red, green and blue.
    public enum Matrix: String, Sendable, Codable, CaseIterable {
        /// As the stream says; BT.601 if it says nothing.
        case automatic
        case bt601
        case bt709
    }

    /// The size that pictures get; nil for the stored one, turned upright and with square pixels.
    public var size: PictureSize?

    public var fit = Fit.squash
    public var kernel = Kernel.bicubic

    /// The shorter side before a `shortCrop` cuts; nil for the least that covers the wanted size.
    public var shortSide: Int?

    /// Pictures are turned as the file says.
    public var appliesRotation = true

    /// Pictures are taken to have the shape in which they are shown, not that in which they are stored.
    ///
    /// It makes no difference to a `squash` to a given size.
    public var appliesAspectRatio = true

    public var deinterlacing = Deinterlacing.automatic
    public var range = Range.automatic
    public var matrix = Matrix.automatic

    /// Creates settings.
    ///
    /// - Precondition: Sides are positive, and the short one is none that leaves a part of the picture empty.
    public init(
        size: PictureSize?, fit: Fit = .squash, kernel: Kernel = .bicubic, shortSide: Int? = nil
    ) {
        if let size { precondition(size.width > 0 && size.height > 0, "pictures have pixels") }
        if let shortSide, let size {
            precondition(shortSide >= max(size.width, size.height), "the cut lies in the picture")
        }
        self.size = size
        self.fit = fit
        self.kernel = kernel
        self.shortSide = shortSide
    }
}
