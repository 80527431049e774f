import Foundation
import Glibc

/// What can be said about a file before FFmpeg looks at it.
enum SourceFile {
    /// Refuses what is no media file, in words that name it.
    ///
    /// - Throws: `missing` or `unreadable`.
    static func examine(_ path: String) throws(MediaError) {
        let operation = "open \(path)"
        var status = stat()
        if stat(path, &status) != 0 {
            let kind: MediaError.Kind = errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable
            throw MediaError(kind, operation, reason: String(cString: strerror(errno)))
        }
        if let name = nameOfIrregular(status.st_mode) {
            throw MediaError(.unreadable, operation, reason: "it is \(name), not a file")
        }
        if status.st_size == 0 {
            throw MediaError(.unreadable, operation, reason: "the file is empty (0 bytes)")
        }
        guard let file = fopen(path, "rb") else {
            throw MediaError(.unreadable, operation, reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var head = [UInt8](repeating: 0, count: 512)
        head.removeLast(head.count - fread(&head, 1, head.count, file))
        if let name = nameOfImpostor(head) {
            throw MediaError(.unreadable, operation, reason: "it is \(name), not a media file")
        }
    }

    /// An MP4 file that has boxes, but none with the index.
    static func lacksIndex(_ path: String) -> Bool {
        guard let file = fopen(path, "rb") else { return false }
        defer { fclose(file) }
        var header = [UInt8](repeating: 0, count: 16)
        var offset = 0
        var isFirst = true
        while fseek(file, offset, SEEK_SET) == 0 {
            let count = fread(&header, 1, header.count, file)
            if count < 8 { return !isFirst }
            let type = String(decoding: header[4..<8], as: UTF8.self)
            if type == "moov" || type == "moof" || isFirst && type != "ftyp" { return false }
            var size = header[0..<4].reduce(0) { $0 << 8 | UInt64($1) }
            if size == 1, count == 16 { size = header[8..<16].reduce(0) { $0 << 8 | UInt64($1) } }
            if size < 8 || size > UInt64(Int32.max) << 16 { return true }
            offset += Int(size)
            isFirst = false
        }
        return !isFirst
    }

    private static func nameOfIrregular(_ mode: mode_t) -> String? {
        switch mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a directory"
        case S_IFIFO: "a named pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }

    /// What downloads and archives leave in place of a clip.
    private static func nameOfImpostor(_ head: [UInt8]) -> String? {
        let text = String(decoding: head, as: UTF8.self).lowercased()
            .trimmingCharacters(in: .whitespacesAndNewlines.union(["\u{FEFF}"]))
        if text.hasPrefix("version https://git-lfs.github.com/spec/") { return "a Git LFS pointer" }
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") { return "an HTML page" }
        if head.starts(with: [0x00, 0x05, 0x16, 0x07]) { return "an AppleDouble file of macOS" }
        return nil
    }
}
