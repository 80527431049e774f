import Foundation

/// The bytes of a regular file, mapped into memory: pages come from the disk when they are touched.
///
/// The file must not be cut short while it is mapped.
final class MappedFile: @unchecked Sendable {
    /// Valid as long as this object is.
    let bytes: UnsafeRawBufferPointer

    /// Whether the bytes are this object's to give back.
    private let isOwner: Bool

    /// A file that is a part of the program, whose bytes stay where they are.
    init(embedded bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        isOwner = false
    }

    /// Maps a file.
    ///
    /// - Throws: ``SafeTensors/Error`` with the system's reason, or if it is no regular file.
    init(_ path: String) throws(SafeTensors.Error) {
        isOwner = true
        // Opening a pipe would otherwise wait for someone who writes into it.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .system(errno, path) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .system(errno, path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .invalid(path, "it is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0)
        guard let start, start != MAP_FAILED else { throw .system(errno, path) }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        if isOwner, let start = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }

    /// Gives back the memory of a range that is not needed soon; reading it again asks the disk again.
    func release(_ range: Range<Int>) {
        guard isOwner else { return }
        let page = sysconf(Int32(_SC_PAGESIZE))
        let first = (range.lowerBound + page - 1) / page * page
        let last = range.upperBound / page * page
        guard first < last, let start = bytes.baseAddress else { return }
        madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED)
    }
}

extension SafeTensors.Error {
    /// A file that is not what its format or its reader expects.
    static func invalid(_ path: String, _ reason: String) -> Self {
        Self(kind: .invalid, operation: "read \(path)", reason: reason)
    }

    /// A system call that failed.
    static func system(_ code: Int32, _ path: String) -> Self {
        let kind: Kind =
            switch code {
            case ENOENT, ENOTDIR: .missing
            case EACCES, EPERM: .permission
            default: .invalid
            }
        return Self(kind: kind, operation: "read \(path)", reason: String(cString: strerror(code)))
    }
}
