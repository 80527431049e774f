public import Media

/// What determines, besides a clip's file, the bytes that extraction makes of it.
public struct ExtractionSettings: Sendable, Codable, Equatable {
    /// Number of equal windows into which a clip is cut, and their length in seconds.
    public var segments: Int
    public var segmentDuration: Double

    /// Which pictures are taken, and what becomes of them.
    public var sampling = FrameSampling.segments
    public var picture = PictureSettings(size: PictureSize(width: 224, height: 224))

    /// What becomes of the sound.
    public var logMel = LogMelPreset.ast

    /// What a clip may cost.
    public var limits = DecodingLimits()

    public init(segments: Int, segmentDuration: Double) {
        self.segments = segments
        self.segmentDuration = segmentDuration
    }

    /// Pictures or windows of a clip.
    func count(of feature: ExtractedFeature) -> Int {
        switch feature {
        case .frames: sampling.count(segments: segments, segmentDuration: segmentDuration)
        case .logMel:
            logMel.windowCount(segments: segments, segmentDuration: segmentDuration)
        }
    }

    /// What to take from a clip that begins `start` seconds after its file.
    func request(start: Double) -> ClipRequest {
        var request = ClipRequest(
            sampling: sampling, picture: picture, segments: segments,
            segmentDuration: segmentDuration, sound: logMel.sound, limits: limits)
        request.start = start
        return request
    }
}
