import Foundation

/// What stands at a path.
///
/// Nothing is opened to find out, so pipes and devices cannot make anyone wait.
enum FileKind: Sendable, Equatable {
    case file, folder, link

    /// A pipe, socket or device.
    case other

    /// What a path leads to, through symbolic links, and its size in bytes.
    ///
    /// - Throws: ``AnnotationError`` with the system's reason, of kind `missing` where nothing is
    ///   there.
    static func find(_ path: String) throws(AnnotationError) -> (kind: FileKind, size: Int) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw AnnotationError("read \(path)", "No such file", .missing)
            case EACCES: throw AnnotationError("read \(path)", "Permission denied", .permission)
            case let code:
                throw AnnotationError("read \(path)", unsafe String(cString: strerror(code)))
            }
        }
        return (FileKind(mode: status.st_mode), Int(status.st_size))
    }

    /// Whether a regular file is at a path.
    static func isFile(_ path: String) -> Bool { (try? find(path).kind) == .file }

    /// Whether a folder is at a path.
    static func isFolder(_ path: String) -> Bool { (try? find(path).kind) == .folder }

    private init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        case S_IFLNK: self = .link
        default: self = .other
        }
    }

    /// What an entry of a folder is, by the listing, or by asking where the listing does not say.
    fileprivate init(entry type: Int, at path: @autoclosure () -> String) {
        switch type {
        case Int(DT_REG): self = .file
        case Int(DT_DIR): self = .folder
        case Int(DT_LNK): self = .link
        case Int(DT_UNKNOWN):
            var status = stat()
            self = unsafe lstat(path(), &status) == 0 ? FileKind(mode: status.st_mode) : .other
        default: self = .other
        }
    }
}

/// The names in a folder and what they are, from one listing.
struct FolderListing: Sendable {
    /// Names with the bytes they have on disk: texts that Swift holds for equal are two files.
    struct Name: Hashable {
        let text: String

        static func == (a: Name, b: Name) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    private(set) var kinds: [Name: FileKind] = [:]

    /// Lists a folder; nil if it cannot be listed.
    init?(_ path: String) {
        guard let folder = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(folder) }
        let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        while let entry = unsafe readdir(folder) {
            // An entry is as long as its name, and may be shorter than the type that declares it.
            let bytes = unsafe UnsafeRawPointer(entry) + nameOffset
            let name = unsafe String(cString: bytes.assumingMemoryBound(to: CChar.self))
            if name == "." || name == ".." { continue }
            kinds[Name(text: name)] = unsafe FileKind(
                entry: Int(entry.pointee.d_type), at: "\(path)/\(name)")
        }
    }

    subscript(name: String) -> FileKind? { kinds[Name(text: name)] }
}
