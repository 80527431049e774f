import Foundation

/// The hash of a large file, and what the file was when it was hashed: a line of `weights.jsonl`.
///
/// A file counts as the same while its size, its place on the disk, and the times of its last change
/// and of the last change to what the system says of it are. The last one is the system's own and
/// cannot be set back, as that of a copied or replaced file's contents can.
struct HashedFile: Codable, Hashable, Sendable {
    let path: String
    let size: UInt64
    let inode: UInt64

    /// Times of change of the contents and of the description, in nanoseconds since 1970.
    let modified: Int64
    let changed: Int64

    var hash: UInt64

    enum CodingKeys: String, CodingKey {
        case path, size, inode, hash
        case modified = "mtime"
        case changed = "ctime"
    }

    /// The record of a file.
    init(
        path: String, size: UInt64, inode: UInt64, modified: Int64, changed: Int64, hash: UInt64
    ) {
        self.path = path
        self.size = size
        self.inode = inode
        self.modified = modified
        self.changed = changed
        self.hash = hash
    }

    /// Looks at a file, through links; nil if there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        func nanoseconds(_ time: timespec) -> Int64 {
            (Int64(time.tv_sec) &* 1_000_000_000) &+ Int64(time.tv_nsec)
        }
        self.path = path
        size = UInt64(status.st_size)
        inode = UInt64(status.st_ino)
        modified = nanoseconds(status.st_mtim)
        changed = nanoseconds(status.st_ctim)
        hash = 0
    }

    /// Whether it is the same file as another, with the same contents as far as the system tells.
    func isUnchanged(since other: HashedFile) -> Bool {
        path == other.path && size == other.size && inode == other.inode
            && modified == other.modified && changed == other.changed
    }

    /// Whether a change to come could leave no trace in the times, which are not infinitely fine.
    ///
    /// `now` is in seconds since 1970.
    func isRecent(at now: Double) -> Bool { Double(max(modified, changed)) / 1e9 > now - 2 }
}
