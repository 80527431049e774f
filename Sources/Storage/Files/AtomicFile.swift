public import Foundation

/// Files that appear under their name complete, or not at all.
public enum AtomicFile {
    /// Name under which a file is built, in the folder of its final name.
    static func temporaryPath(for path: String) -> String {
        let url = URL(filePath: path)
        let folder = url.deletingLastPathComponent().path(percentEncoded: false)
        return folder + ".tmp-" + url.lastPathComponent
    }

    /// Replaces the file at `path` by `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: The new content.
    ///   - path: The file.
    ///   - isLocked: Whether no other process can do the same meanwhile; what a killed one leaves behind then goes
    ///     with the next.
    /// - Throws: ``StorageError``; the old file is then as it was.
    public static func write(
        _ bytes: Data, to path: String, isLocked: Bool = true
    ) throws(StorageError) {
        let temporary = temporaryPath(for: path) + (isLocked ? "" : ".\(getpid())")
        do throws(StorageError) {
            let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(bytes, at: 0)
            try file.synchronise()
        } catch {
            unlink(temporary)
            throw error
        }
        try publish(temporary, as: path)
    }

    /// Gives a complete file its final name.
    ///
    /// It has been flushed through the descriptor that wrote it: a network file system tells of a write
    /// that failed later to that one alone, in `fsync` or at the latest in `close`.
    ///
    /// - Throws: ``StorageError``; the temporary file is then removed.
    static func publish(_ temporary: String, as path: String) throws(StorageError) {
        do throws(StorageError) {
            try Descriptor.check("rename \(temporary) to \(path)") { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try synchroniseFolder(of: path)
    }

    /// Makes the names in a file's folder survive a loss of power.
    private static func synchroniseFolder(of path: String) throws(StorageError) {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        try Descriptor(folder, O_RDONLY | O_DIRECTORY).synchronise()
    }

    /// Creates a folder and those above it.
    public static func createFolder(_ path: String) throws(StorageError) {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard isFolder.boolValue else {
                throw StorageError(.failed, "create folder \(path)", "a file has that name")
            }
            return
        }
        let parent = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        if !parent.isEmpty, parent != path { try createFolder(parent) }
        do throws(StorageError) {
            try Descriptor.check("create folder \(path)") { mkdir(path, 0o777) }
        } catch {
            // Another process may have made it between the look and the call.
            guard FileManager.default.fileExists(atPath: path) else { throw error }
        }
    }

    /// Calls `body` while no other process does so with the same folder.
    ///
    /// For what several processes may create or replace at once; they take turns.
    static func withLockedFolder<Result>(
        _ path: String, _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        let folder = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        _ = try folder.lock(LOCK_EX, waiting: true)
        return try body()
    }

    /// Reads a whole file.
    public static func read(_ path: String) throws(StorageError) -> Data {
        let file = try Descriptor(path, O_RDONLY)
        return Data(try file.read(file.size(), at: 0))
    }
}
