/// Width and height in pixels.
public struct PictureSize: Sendable, Equatable, Codable {
    public var width: Int
    public var height: Int

    /// Number of pixels.
    public var pixels: Int { width * height }

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// What to take from a clip.
public struct ClipRequest: Sendable {
    /// Which pictures are wanted.
    public var sampling: FrameSampling

    /// How they are scaled and converted.
    public var picture: PictureSettings

    /// Number of segments of a clip.
    public var segments: Int

    /// Seconds of a segment; times the number of segments, the nominal length of the clip, beyond which audio is
    /// not read, unless ``sound`` wants all of the file.
    public var segmentDuration: Double

    /// Seconds of the file's timeline at which the clip begins; the clip's own timeline begins there.
    ///
    /// Pictures and samples beyond the nominal end are not taken, but for this: the picture of a time is the one shown
    /// then, so one that appeared before the start may be the clip's first.
    public var start = 0.0

    /// Seconds of the file's timeline at which a sampling that needs a list ends it; nil for the end of the file.
    public var end: Double?

    /// Pictures are decoded; without, the clip has none, and nothing is found about them.
    public var wantsPictures = true

    /// Sound is decoded; without, the clip has none, and nothing is found about it.
    public var wantsSound = true

    /// How sound becomes samples.
    public var sound: SoundSettings

    /// What the clip may cost.
    public var limits: DecodingLimits

    /// Nominal length of the clip in seconds.
    public var duration: Double { Double(segments) * segmentDuration }

    /// Creates a request.
    ///
    /// - Precondition: Rate, number and length of the segments are positive.
    public init(
        sampling: FrameSampling, picture: PictureSettings, segments: Int, segmentDuration: Double,
        sound: SoundSettings = SoundSettings(), limits: DecodingLimits = DecodingLimits()
    ) {
        precondition(
            sound.sampleRate > 0 && segments > 0 && segmentDuration > 0,
            "rate and length are positive")
        self.sampling = sampling
        self.picture = picture
        self.segments = segments
        self.segmentDuration = segmentDuration
        self.sound = sound
        self.limits = limits
    }

    /// A request for the pictures at given times of a clip that is one segment.
    ///
    /// - Precondition: Times ascend, sizes, rate and duration are positive.
    public init(
        times: [Double], pictureSize: PictureSize?, sampleRate: Int = 16_000,
        duration: Double = 10, limits: DecodingLimits = DecodingLimits()
    ) {
        precondition(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }, "times ascend")
        if let pictureSize {
            precondition(pictureSize.width > 0 && pictureSize.height > 0, "pictures have pixels")
        }
        self.init(
            sampling: .times(times), picture: PictureSettings(size: pictureSize), segments: 1,
            segmentDuration: duration, sound: SoundSettings(sampleRate: sampleRate), limits: limits)
    }

    /// Number of pictures that every clip gets.
    var pictureCount: Int { sampling.count(segments: segments, segmentDuration: segmentDuration) }
}
