/// Width and height in pixels.
public struct PictureSize: Sendable, Equatable, Codable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// What to take from a clip.
public struct ClipRequest: Sendable {
    /// Seconds on the clip's timeline at which pictures are wanted, ascending.
    public var times: [Double]

    /// The size that pictures get, whatever their shape was; `nil` for the stored one, turned upright.
    public var pictureSize: PictureSize?

    /// Rate of the samples in hertz.
    public var sampleRate: Int

    /// Nominal length of the clip in seconds; audio beyond it is not read.
    public var duration: Double

    /// What the clip may cost.
    public var limits: DecodingLimits

    /// Creates a request.
    ///
    /// - Precondition: Times ascend, sizes, rate and duration are positive.
    public init(
        times: [Double], pictureSize: PictureSize?, sampleRate: Int = 16_000,
        duration: Double = 10, limits: DecodingLimits = DecodingLimits()
    ) {
        precondition(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }, "times ascend")
        precondition(sampleRate > 0 && duration > 0, "rate and duration are positive")
        if let pictureSize {
            precondition(pictureSize.width > 0 && pictureSize.height > 0, "pictures have pixels")
        }
        self.times = times
        self.pictureSize = pictureSize
        self.sampleRate = sampleRate
        self.duration = duration
        self.limits = limits
    }
}
