/// A picture as it is shown.
public struct Picture: Sendable, Equatable {
    /// Seconds on the clip's timeline at which it appears.
    public let time: Double

    public let width: Int
    public let height: Int

    /// Full-range sRGB bytes, `[height, width, 3]`.
    public let rgb: [UInt8]

    /// Creates a picture.
    ///
    /// - Precondition: `rgb` holds three bytes for each pixel.
    public init(time: Double, width: Int, height: Int, rgb: [UInt8]) {
        precondition(rgb.count == width * height * 3, "a pixel has three bytes")
        self.time = time
        self.width = width
        self.height = height
        self.rgb = rgb
    }
}

/// Something that a caller ought to know about a clip that could be decoded.
public struct Finding: Sendable, Equatable {
    /// The part of a file that a finding is about.
    public enum Stream: Sendable {
        case video
        case audio
    }

    public let kind: MediaError.Kind

    /// The stream it was found in; `nil` if it concerns the whole file.
    public let stream: Stream?

    /// What was found, in words.
    public let reason: String

    /// Creates a finding.
    public init(kind: MediaError.Kind, stream: Stream?, reason: String) {
        self.kind = kind
        self.stream = stream
        self.reason = reason
    }
}

/// What a clip holds, as far as it was asked for.
public struct DecodedClip: Sendable {
    /// For each wanted time the picture being shown then; `nil` before the first and after the last one.
    public var pictures: [Picture?]

    /// One channel at the wanted rate; sample `i` belongs to second `i / sampleRate` of the timeline.
    ///
    /// They end where the audio ends, or at the nominal duration.
    public var samples: [Float]

    /// The samples between the first and the last that come from the file; what lies before is zero.
    ///
    /// Empty if there are none.
    public var audioRange: Range<Int>

    /// Mean of the samples in `audioRange`, over both channels where a pair was read of which `samples` are the left.
    public var audioMean: Double

    /// What was found on the way, most telling first; at most one of each kind for each stream.
    public var findings: [Finding]

    /// Where the video ends, in seconds; `nil` without video.
    ///
    /// A file is read no further than needed. What is not known to end before the nominal duration may have
    /// any greater end.
    public var videoEnd: Double?

    /// Where the audio ends, in seconds, or the nominal duration if that is earlier; `nil` without audio.
    public var audioEnd: Double?

    /// Where the longer stream ends, in seconds, as far as the file was read.
    public var duration: Double { max(videoEnd ?? 0, audioEnd ?? 0) }

    /// Whether something of a kind was found.
    public func has(_ kind: MediaError.Kind) -> Bool {
        findings.contains { $0.kind == kind }
    }
}
