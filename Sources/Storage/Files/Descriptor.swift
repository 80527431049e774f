import Foundation

/// An open file of the system; closed when it goes out of scope.
struct Descriptor: ~Copyable {
    let path: String
    private let number: Int32

    /// Opens a file with the flags of `open(2)`.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0o666) throws(StorageError) {
        number = try Self.check("open \(path)") { open(path, flags | O_CLOEXEC, mode) }
        self.path = path
    }

    /// Takes over an open file, which errors call by `path`.
    init(adopting number: Int32, path: String) {
        self.number = number
        self.path = path
    }

    deinit { close(number) }

    /// Size of the file in bytes.
    func size() throws(StorageError) -> Int {
        var status = stat()
        try Self.check("examine \(path)") { fstat(number, &status) }
        return Int(status.st_size)
    }

    /// Writes all of `bytes` at a position; short writes are continued.
    func write(_ bytes: some ContiguousBytes, at offset: Int) throws(StorageError) {
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(StorageError) in try write(buffer: bytes, at: offset) }
        }
        try outcome.get()
    }

    private func write(buffer bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            written += try Self.check("write \(path)") {
                pwrite(
                    number, bytes.baseAddress! + written, bytes.count - written,
                    off_t(offset + written))
            }
        }
    }

    /// The `count` bytes at a position.
    ///
    /// - Throws: ``StorageError`` of kind `damaged` if the file ends before.
    func read(_ count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, initialised in
            do throws(StorageError) {
                let buffer = UnsafeMutableRawBufferPointer(bytes)
                try read(
                    into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
            } catch {
                failure = error
                bytes.update(repeating: 0)
            }
            initialised = count
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads the `count` bytes at a position to the front of a buffer that has room for them.
    ///
    /// - Throws: ``StorageError`` of kind `damaged` if the file ends before.
    func read(_ count: Int, at offset: Int, to buffer: inout [UInt8]) throws(StorageError) {
        let outcome = buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(StorageError) in
                try read(
                    into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: offset)
            }
        }
        try outcome.get()
    }

    private func read(
        into bytes: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = try Self.check("read \(path)") {
                pread(number, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            }
            guard count > 0 else {
                throw StorageError(.damaged, "read \(path)", "it ends at byte \(offset + done)")
            }
            done += count
        }
    }

    /// Reserves room for `size` bytes, so that a full disk is found before anything is written.
    func reserve(_ size: Int) throws(StorageError) {
        guard size > 0 else { return }
        try Self.check("reserve \(size) bytes for \(path)") {
            let code = posix_fallocate(number, 0, off_t(size))
            // Some file systems cannot reserve; writing then tells.
            guard code != 0, code != EOPNOTSUPP, code != EINVAL else { return Int32(0) }
            errno = code
            return -1
        }
    }

    /// Copies everything but holes to the same positions in `file`, after reserving room for all.
    func copyData(to file: borrowing Descriptor) throws(StorageError) {
        let size = try size()
        try file.reserve(size)
        try Self.check("resize \(file.path)") { ftruncate(file.number, off_t(size)) }
        var position = 0
        while position < size {
            let start = Int(lseek(number, off_t(position), Self.seekData))
            guard start >= 0 else { return }  // Nothing but a hole is left.
            let end = try Self.check("examine \(path)") {
                Int(lseek(number, off_t(start), Self.seekHole))
            }
            try file.write(read(end - start, at: start), at: start)
            position = end
        }
    }

    // glibc declares SEEK_DATA and SEEK_HOLE for GNU sources only.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4

    /// Waits until what was written would survive a loss of power.
    func synchronise() throws(StorageError) {
        try Self.check("flush \(path)") { fsync(number) }
    }

    /// Takes a lock of `flock(2)` on the file; false if another process has one that excludes it.
    func lock(_ kind: Int32, waiting: Bool) throws(StorageError) -> Bool {
        do {
            try Self.check("lock \(path)") { flock(number, waiting ? kind : kind | LOCK_NB) }
            return true
        } catch {
            guard error.kind == .locked else { throw error }
            return false
        }
    }

    /// Makes a system call, again if a signal interrupted it, and throws if it fails.
    @discardableResult
    static func check<Result: SignedInteger>(
        _ operation: @autoclosure () -> String, _ call: () -> Result
    ) throws(StorageError) -> Result {
        while true {
            let result = call()
            guard result < 0 else { return result }
            guard errno == EINTR else { throw StorageError(errno: errno, operation()) }
        }
    }
}

extension StorageError {
    /// The failure of a system call.
    init(errno code: Int32, _ operation: String) {
        let kind: Kind =
            switch code {
            case ENOENT, ENOTDIR: .missing
            case EAGAIN: .locked
            case ENOSPC, EDQUOT: .noSpace
            case EACCES, EPERM, EROFS: .permission
            default: .failed
            }
        self.init(kind, operation, String(cString: strerror(code)))
    }
}
