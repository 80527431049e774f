/// A data set as its annotations describe it.
public struct Dataset: Sendable {
    public let name: String

    /// Samples in the order of the annotations.
    public let samples: [Sample]

    /// Clips in the order in which samples first mention them, each once.
    public let clips: [Clip]

    /// Names of the classes; an index into this list is a label.
    public let vocabulary: [String]

    /// Number of equal windows into which a clip is cut.
    public var segments: Int

    /// Length of a window in seconds.
    public var segmentDuration: Double

    /// What is odd about the annotations, tolerated and to be reported.
    public internal(set) var findings: [AnnotationFinding]

    /// Samples of each split in the official edition; empty where there is none.
    public let expected: [String: Int]

    /// Presets of the published baselines, the usual one first.
    public internal(set) var presets: [String] = []

    /// Whether clips are known to be missing everywhere, because their sources were deleted.
    public internal(set) var isIncomplete = false

    /// Whether clips have lengths of their own, so that one which ends before its last segment lacks nothing.
    public internal(set) var hasVaryingLengths = false

    public init(
        name: String, samples: [Sample], clips: [Clip], vocabulary: [String], segments: Int,
        segmentDuration: Double, findings: [AnnotationFinding], expected: [String: Int] = [:]
    ) {
        self.name = name
        self.samples = samples
        self.clips = clips
        self.vocabulary = vocabulary
        self.segments = segments
        self.segmentDuration = segmentDuration
        self.findings = findings
        self.expected = expected
    }
}

/// A defect of an annotation file that is tolerated, reported once with its count.
public struct AnnotationFinding: Sendable, Equatable, CustomStringConvertible {
    /// A short name for scripts, such as `split-overlap`.
    public let kind: String

    /// How often it occurs.
    public let count: Int

    /// In words, with the first place where it occurs.
    public let message: String

    public var description: String { "\(kind): \(message)" }

    public init(kind: String, count: Int, message: String) {
        self.kind = kind
        self.count = count
        self.message = message
    }
}

/// Annotations or a manifest that cannot be used, and why.
public struct AnnotationError: Error, CustomStringConvertible, Sendable {
    /// What was attempted, such as `read AVE/Annotations.txt`.
    public let operation: String
    public let reason: String

    public let kind: Kind

    /// What kind of trouble it is; the command line turns it into an exit status.
    public enum Kind: Sendable {
        /// A file or folder does not exist.
        case missing

        /// A file is not what it should be.
        case unreadable

        case permission

        /// A data set is unknown, or the manifest that describes it is wrong.
        case configuration
    }

    public var description: String { "cannot \(operation): \(reason)" }

    public init(_ operation: String, _ reason: String, _ kind: Kind = .unreadable) {
        self.operation = operation
        self.reason = reason
        self.kind = kind
    }
}
