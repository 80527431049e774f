/// The latest outcome of a clip that has no data in a feature, or not all: a line of `failures.jsonl`.
public struct ClipFailure: Codable, Sendable, Equatable {
    public let clip: String

    /// Class of the outcome, such as `unreadable` or `no-audio`.
    public let outcome: String

    /// What was attempted, on what, and why it failed.
    public let message: String

    /// Whether a shard has the clip all the same, with `/valid` = 0 where data are missing.
    public let isPartial: Bool

    /// Size and time of change of the file then; nil if there was none.
    public let size: UInt64?
    public let modified: Int64?

    public init(
        clip: String, outcome: String, message: String, isPartial: Bool, size: UInt64?,
        modified: Int64?
    ) {
        self.clip = clip
        self.outcome = outcome
        self.message = message
        self.isPartial = isPartial
        self.size = size
        self.modified = modified
    }

    enum CodingKeys: String, CodingKey {
        case clip, outcome, message, size
        case isPartial = "partial"
        case modified = "mtime"
    }
}
