import Foundation

/// Things that are saved under the names of clips or annotations and are neither.
enum Impostor {
    /// How many bytes of a file are looked at.
    static let length = 512

    /// Files from this size on are not looked into: a page or a pointer is smaller.
    static let largest = 256 << 10

    /// What a file is by its first bytes, in words; nil if it may be what its name says.
    static func reason(first bytes: Data) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("version https://git-lfs.github.com/spec/") {
            return "a Git LFS pointer, not the file itself"
        }
        let start = text.drop(while: \.isWhitespace).prefix(14).lowercased()
        return start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
            ? "an HTML page saved under this name" : nil
    }

    /// What an entry of a folder is by its name alone, in words; nil if that tells nothing.
    static func reason(name: String) -> String? {
        if name.hasPrefix("._") { return "an AppleDouble file, which macOS leaves beside others" }
        return switch name.lowercased() {
        case ".ds_store", "thumbs.db", "desktop.ini": "a file manager's own file"
        case let name where name.hasSuffix(".part") || name.hasSuffix(".crdownload"):
            "an unfinished download"
        default: nil
        }
    }

    /// What a file is instead of a clip, in words; nil if it may be one.
    ///
    /// It must not be opened if it is not a regular file, and a large one need not be.
    static func reason(at path: String, listedAs kind: FileKind) -> String? {
        var kind = kind, size = 0
        if kind == .file || kind == .link {
            do {
                (kind, size) = try FileKind.find(path)
            } catch {
                return error.kind == .missing
                    ? "a symbolic link that leads nowhere" : "unreadable: \(error.reason)"
            }
        }
        switch kind {
        case .folder: return "a folder"
        case .other, .link: return "a pipe, socket or device"
        case .file: break
        }
        if size == 0 { return "empty" }
        guard size < largest, let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        return (try? file.read(upToCount: length)).flatMap { $0 }.flatMap(reason(first:))
    }
}
