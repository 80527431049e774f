/// Why a clip gave no data, or not all of it.
public struct MediaError: Error, CustomStringConvertible, Sendable, Equatable {
    /// The classes that a caller can act upon.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// There is no such file.
        case missing

        /// There is a file, but not one that can be opened as media.
        case unreadable

        /// There is no video stream, or it holds no picture.
        case noVideo = "no-video"

        /// There is no audio stream, or it holds no sample.
        case noAudio = "no-audio"

        /// A stream ends more than half a second before the nominal length.
        case short

        /// All audio samples are equal.
        case silent

        /// Some of the data is damaged.
        case corrupt

        /// There is no decoder for the stream, or no converter for what the decoder gives.
        case unsupported

        /// Sound and picture end more than half a second apart.
        case avLengthMismatch = "av-length-mismatch"

        /// A limit of time was reached.
        case timeout

        /// The decoder ended the process that it ran in.
        case crash

        /// The file asks for other files, or for more memory than it is granted.
        case hostile
    }

    /// The class of the failure.
    public let kind: Kind

    /// What was attempted, such as `open a.mp4`, with the path as it was given.
    public let operation: String

    /// The library's account of it, or ours.
    public let reason: String

    public var description: String { "cannot \(operation): \(reason)" }

    /// Creates an error.
    public init(_ kind: Kind, _ operation: String, reason: String) {
        self.kind = kind
        self.operation = operation
        self.reason = reason
    }
}
