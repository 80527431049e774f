import Foundation

/// The lock of a cache or a run, held while a command changes it and released by the kernel at its end.
///
/// A command that owns the whole cache takes it exclusively. Commands that own one part of the work
/// each (`--shard i/n`) share it, and exclude only another command with the same part.
public final class FolderLock: Sendable {
    private let owner: Owner

    private struct Owner: ~Copyable, Sendable {
        let whole: Descriptor
        let part: Descriptor?
    }

    /// Takes the lock of `folder` at once.
    ///
    /// - Parameters:
    ///   - folder: The cache's or the run's folder.
    ///   - part: Which part of the work, such as `1of4`; nil for all of it.
    ///   - command: What to tell others about the owner.
    /// - Throws: ``StorageError`` of kind `locked` that names the owner.
    public init(folder: String, part: String?, command: String) throws(StorageError) {
        let path = "\(folder)/lock"
        let whole = try Self.take(path, part == nil ? LOCK_EX : LOCK_SH, folder: folder)
        if let part {
            let path = "\(folder)/lock-\(part)"
            let descriptor = try Self.take(path, LOCK_EX, folder: folder)
            try Self.sign(descriptor, command: command)
            owner = Owner(whole: whole, part: descriptor)
        } else {
            try Self.sign(whole, command: command)
            owner = Owner(whole: whole, part: nil)
        }
    }

    private static func take(
        _ path: String, _ kind: Int32, folder: String
    ) throws(StorageError) -> Descriptor {
        let descriptor = try Descriptor(path, O_RDWR | O_CREAT)
        guard try descriptor.lock(kind, waiting: false) else {
            let owner =
                (try? AtomicFile.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let line = owner.split(whereSeparator: \.isNewline).first ?? "another process"
            throw StorageError(.locked, "use \(folder)", "it is in use by \(line)")
        }
        return descriptor
    }

    /// Writes who has the lock: process, host and command.
    private static func sign(_ lock: borrowing Descriptor, command: String) throws(StorageError) {
        let process = ProcessInfo.processInfo
        let line = "pid \(process.processIdentifier) on \(process.hostName): \(command)\n"
        let padded =
            line + String(repeating: "\n", count: max(0, try lock.size() - line.utf8.count))
        try lock.write(Array(padded.utf8), at: 0)
    }
}
