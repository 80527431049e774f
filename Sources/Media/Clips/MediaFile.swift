/// What a file says about itself; of frame counts and durations some files say what is not so.
public struct MediaSummary: Sendable {
    /// One stream of a file.
    public struct Stream: Sendable {
        public enum Kind: String, Sendable, Codable {
            case video, audio, cover, other
        }

        public let kind: Kind

        /// FFmpeg's name of the codec, such as `h264`.
        public let codec: String

        /// FFmpeg has a decoder for it.
        public let isDecodable: Bool

        /// Unit in which its times are counted.
        public let timeBase: TimeBase

        /// Seconds in the file's own count at which the stream starts, edit lists applied; `nil` if not told.
        public let start: Double?

        /// Stored size in pixels; 0 × 0 where there are no pictures.
        public let size: PictureSize

        /// FFmpeg's name of the pixel format, such as `yuv420p`; `nil` where there are no pictures.
        public let pixelFormat: String?

        /// How pictures are turned before they are shown.
        public let orientation: Orientation

        /// Samples per second; 0 where there are none.
        public let sampleRate: Int

        /// Number of audio channels.
        public let channels: Int
    }

    /// FFmpeg's name of the container, such as `matroska,webm`.
    public let container: String

    /// Seconds that the container states; `nil` when it states none.
    public let duration: Double?

    public let streams: [Stream]

    /// Index of the stream that pictures are taken from.
    public let videoIndex: Int?

    /// Index of the stream that samples are taken from.
    public let audioIndex: Int?
}

/// Questions about a file as a whole.
public enum MediaFile {
    /// Reads what a file says about itself.
    public static func summary(
        of path: String, limits: DecodingLimits = DecodingLimits()
    ) throws(MediaError) -> MediaSummary {
        let demuxer = try FFmpeg.Demuxer(examining: path, limits)
        return MediaSummary(
            container: demuxer.container, duration: demuxer.duration,
            streams: demuxer.streams.map(\.summary), videoIndex: demuxer.videoStream?.index,
            audioIndex: demuxer.audioStream?.index)
    }

    /// Decodes all pictures and counts them.
    ///
    /// - Returns: Their number, and how often the decoder had something to object to.
    public static func countPictures(
        in path: String, limits: DecodingLimits = DecodingLimits()
    ) throws(MediaError) -> (pictures: Int, complaints: Int) {
        var walk = try StreamWalk(video: path, limits)
        var count = 0
        while try walk.next() { count += 1 }
        return (count, walk.complaints.count)
    }

    /// Decodes all audio and counts its samples per channel, at the rate of the file.
    ///
    /// - Returns: Their number, and how often the decoder had something to object to.
    public static func countSamples(
        in path: String, limits: DecodingLimits = DecodingLimits()
    ) throws(MediaError) -> (samples: Int, complaints: Int) {
        var walk = try StreamWalk(audio: path, limits)
        var count = 0
        while try walk.next() { count += walk.frame.sampleCount }
        return (count, walk.complaints.count)
    }
}
