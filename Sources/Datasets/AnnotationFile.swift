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
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            switch (error as? CocoaError)?.code {
            case .fileReadNoSuchFile?:
                throw AnnotationError("read \(path)", "No such file", .missing)
            case .fileReadNoPermission?:
                throw AnnotationError("read \(path)", "Permission denied", .permission)
            default: throw AnnotationError("read \(path)", "it is not a readable file")
            }
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw AnnotationError("read \(path)", "it is not UTF-8 text")
        }
        if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
        self.path = path
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
            .map { Line(number: $0 + 1, text: $1.trimmingSuffix(while: \.isWhitespace)) }
            .filter { !$0.text.isEmpty }
    }

    /// An error that names a line of this file.
    func error(_ line: Line, _ reason: String) -> AnnotationError {
        AnnotationError("read \(path)", "line \(line.number): \(reason)")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        guard let last = lastIndex(where: { !predicate($0) }) else { return "" }
        return self[...last]
    }
}
