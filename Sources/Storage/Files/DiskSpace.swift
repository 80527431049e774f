import Foundation

/// Room on a file system.
public enum DiskSpace {
    /// Bytes that this user may still write below a folder, which need not exist yet.
    ///
    /// - Returns: nil if the system does not say.
    public static func free(at path: String) -> Int? {
        var place = path.hasPrefix("/") ? path : "./" + path
        var status = statvfs()
        while statvfs(place, &status) != 0 {
            let parent = URL(filePath: place).deletingLastPathComponent()
                .path(percentEncoded: false)
            guard errno == ENOENT, parent != place else { return nil }
            place = parent
        }
        return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    /// Refuses to fill a folder with more than its disk can hold.
    ///
    /// - Parameters:
    ///   - bytes: What is planned; a twentieth is added for what plans do not know.
    ///   - path: The folder, which need not exist yet.
    /// - Throws: ``StorageError`` of kind `noSpace` with what is needed and what is free.
    public static func check(_ bytes: Int, at path: String) throws(StorageError) {
        let needed = bytes + bytes / 20
        guard let free = free(at: path), free < needed else { return }
        throw StorageError(
            .noSpace, "fill \(path)", "it needs \(needed) bytes, and the disk has \(free) free")
    }
}
