/// Something that happens in a clip between two times.
public struct Event: Codable, Hashable, Sendable {
    /// Name of its class, as the annotations spell it.
    public let name: String

    /// Seconds from the clip's start.
    public let start: Double

    /// Seconds from the clip's start; the event is over then.
    public let end: Double

    public init(name: String, start: Double, end: Double) {
        self.name = name
        self.start = start
        self.end = end
    }
}

/// One line of annotation: a clip, its labels and its split.
///
/// Several samples may share a clip, so a sample is known by its line and never by its clip.
public struct Sample: Codable, Hashable, Sendable {
    /// Number of its record in the annotations, counted from 0, or its own key there.
    public let id: String

    /// Id of the clip it annotates.
    public let clip: String

    /// `train`, `val` or `test`; nil where the annotations do not say.
    public let split: String?

    public let events: [Event]

    public init(id: String, clip: String, split: String?, events: [Event]) {
        self.id = id
        self.clip = clip
        self.split = split
        self.events = events
    }
}

/// One media file that samples refer to.
public struct Clip: Hashable, Sendable {
    /// What annotations call it; arbitrary text, not a safe file name.
    public let id: String

    /// Path of its file, which may not exist.
    public let path: String

    public init(id: String, path: String) {
        self.id = id
        self.path = path
    }
}
