/// How a decoded picture becomes one of the cache.
public struct PictureSettings: Sendable, Codable, Equatable {
    /// How a picture of another shape is brought to the wanted size.
    public enum Fit: String, Sendable, Codable, CaseIterable {
        /// Both sides to the wanted ones, whatever the shape was.
        case squash
    }

    /// How pixels are weighed when a picture is scaled.
    public enum Kernel: String, Sendable, Codable, CaseIterable {
        /// FFmpeg's bicubic kernel, widened when a picture shrinks.
        case bicubic
    }

    /// The size that pictures get; nil for the stored one, turned upright.
    public var size: PictureSize?

    public var fit = Fit.squash
    public var kernel = Kernel.bicubic

    public init(size: PictureSize?) {
        self.size = size
    }
}
