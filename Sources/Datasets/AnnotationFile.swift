import Foundation

/// The lines of an annotation file, whatever its byte-order mark, line ends and last line look like.
struct AnnotationFile {
    struct Line {
        /// Position in the file, counted from 1.
        let number: Int
        let text: Substring
    }

    let path: String

    /// Lines that are not blank, without trailing blanks.
    let lines: [Line]

    /// Reads a whole file.
    ///
    /// - Throws: ``AnnotationError`` if it cannot be read or is not UTF-8.
    init(reading path: String) throws(AnnotationError) {
        let bytes = try Self.bytes(of: path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw AnnotationError("read \(path)", "it is not UTF-8 text")
        }
        self.path = path
        lines = Self.lines(of: text)
    }

    /// Bytes of an annotation file after the byte-order mark.
    ///
    /// - Throws: ``AnnotationError`` if it is no regular file, cannot be read, or holds something
    ///   else that was saved under its name.
    static func bytes(of path: String) throws(AnnotationError) -> Data {
        guard try FileKind.find(path).kind == .file else {
            throw AnnotationError("read \(path)", "it is not a readable file")
        }
        var bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            guard (error as? CocoaError)?.code == .fileReadNoPermission else {
                throw AnnotationError("read \(path)", "it is not a readable file")
            }
            throw AnnotationError("read \(path)", "Permission denied", .permission)
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if let reason = Impostor.reason(first: bytes.prefix(Impostor.length)) {
            throw AnnotationError("read \(path)", "it is \(reason)")
        }
        return bytes
    }

    /// Where a file of an annotation layout lies: below the root, or below its folder `data`, which
    /// is what the authors' repositories call it.
    static func place(of name: String, below root: String) -> String {
        let places = ["\(root)/\(name)", "\(root)/data/\(name)"]
        return places.first(where: FileManager.default.fileExists) ?? places[0]
    }

    /// Reads a file of the layout.
    ///
    /// - Returns: nil where it does not exist.
    /// - Throws: ``AnnotationError`` if it exists and cannot be read.
    static func find(_ name: String, below root: String) throws(AnnotationError) -> AnnotationFile?
    {
        do {
            return try AnnotationFile(reading: place(of: name, below: root))
        } catch {
            guard error.kind == .missing else { throw error }
            return nil
        }
    }

    /// Lines end in LF, CRLF or CR, and in nothing else: captions hold other separators.
    private static func lines(of text: String) -> [Line] {
        var lines: [Line] = [], number = 1
        let bytes = text.utf8
        var start = bytes.startIndex
        func add(until end: String.Index) {
            let line = text[start..<end].trimmingSuffix(while: \.isWhitespace)
            if !line.isEmpty { lines.append(Line(number: number, text: line)) }
            number += 1
        }
        while let end = bytes[start...].firstIndex(where: { $0 == 10 || $0 == 13 }) {
            add(until: end)
            start = bytes.index(after: end)
            if bytes[end] == 13, start < bytes.endIndex, bytes[start] == 10 {
                start = bytes.index(after: start)
            }
        }
        add(until: bytes.endIndex)
        return lines
    }

    /// An error that names a line of this file.
    func error(_ line: Line, _ reason: String) -> AnnotationError {
        AnnotationError("read \(path)", "line \(line.number): \(reason)")
    }

    /// A line as findings name it.
    func place(_ line: Line) -> String { "\(path):\(line.number)" }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        guard let last = lastIndex(where: { !predicate($0) }) else { return "" }
        return self[...last]
    }
}
