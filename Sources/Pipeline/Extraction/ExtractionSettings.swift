import Datasets
public import Media
import Storage

/// What determines, besides a clip's file, the bytes that extraction makes of it.
public struct ExtractionSettings: Sendable, Codable, Equatable {
    /// Number of equal windows into which a clip is cut, and their length in seconds.
    public var segments: Int
    public var segmentDuration: Double

    /// What is taken from a clip.
    @ListedSet public var features = Set(ExtractedFeature.allCases)

    /// Which pictures are taken, and what becomes of them.
    public var sampling = FrameSampling.segments
    public var picture = PictureSettings(size: PictureSize(width: 224, height: 224))

    /// What becomes of the sound.
    public var logMel = LogMelPreset.ast

    /// Outcomes that cost a clip all its data; for any other, what is missing is padded and marked.
    ///
    /// They are looked for in the streams that features are taken from.
    @ListedSet public var refused: Set<MediaError.Kind> = []

    /// Whether a clip that ends early lacks nothing: its segments beyond the end are marked, and that is all.
    public var allowsShortClips = false

    /// What a clip may cost.
    public var limits = DecodingLimits()

    public init(segments: Int, segmentDuration: Double) {
        self.segments = segments
        self.segmentDuration = segmentDuration
    }

    /// What is taken from a clip, in order.
    var orderedFeatures: [ExtractedFeature] { ExtractedFeature.allCases.filter(features.contains) }

    /// Pictures or windows of a clip.
    func count(of feature: ExtractedFeature) -> Int {
        switch feature {
        case .frames: sampling.count(segments: segments, segmentDuration: segmentDuration)
        case .logMel:
            logMel.windowCount(segments: segments, segmentDuration: segmentDuration)
        }
    }

    /// The arrays of a feature, for one clip.
    func arrays(of feature: ExtractedFeature) -> [ArraySpecification] {
        switch feature {
        case .frames:
            [
                ArraySpecification(
                    "rgb", .u8,
                    shape: [
                        count(of: feature), picture.size?.height ?? 0, picture.size?.width ?? 0, 3,
                    ])
            ]
        case .logMel:
            [
                ArraySpecification(
                    "logmel", .f32,
                    shape: logMel.shape(segments: segments, segmentDuration: segmentDuration)),
                logMel.waveformShape(segments: segments, segmentDuration: segmentDuration).map {
                    ArraySpecification("waveform", .f32, shape: $0)
                },
            ].compactMap(\.self)
        }
    }

    /// What to take from a clip.
    func request(for clip: Clip) -> ClipRequest {
        var request = ClipRequest(
            sampling: sampling, picture: picture, segments: segments,
            segmentDuration: segmentDuration, sound: logMel.sound, limits: limits)
        request.start = clip.start
        request.end = clip.end
        request.wantsPictures = features.contains(.frames)
        request.wantsSound = features.contains(.logMel)
        return request
    }
}
