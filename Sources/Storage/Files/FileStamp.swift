import Foundation

/// Size and time of change of a file.
public struct FileStamp: Sendable, Equatable {
    public let size: UInt64

    /// Nanoseconds since 1970.
    public let modified: Int64

    /// Looks at a file; nil if there is none.
    public init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        size = UInt64(status.st_size)
        // Only compared: a file dated after 2262 may wrap around.
        modified =
            (Int64(status.st_mtim.tv_sec) &* 1_000_000_000) &+ Int64(status.st_mtim.tv_nsec)
    }
}
