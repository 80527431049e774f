/// One stretch of one media file that samples refer to.
public struct Clip: Hashable, Sendable {
    /// What annotations call it; arbitrary text, not a safe file name.
    public let id: String

    /// Path of its file, which may not exist.
    public let path: String

    /// Seconds of the file's timeline at which the clip begins.
    public let start: Double

    /// Seconds of the file's timeline at which it ends; nil for the end of the file.
    public let end: Double?

    public init(id: String, path: String, start: Double = 0, end: Double? = nil) {
        self.id = id
        self.path = path
        self.start = start
        self.end = end
    }
}
