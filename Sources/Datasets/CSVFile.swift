import Foundation

/// A table in a text file, with the quoting of RFC 4180.
///
/// A field in double quotes may hold separators, line ends, and quotes that are written twice. Beyond
/// the standard, lines may end in LF or CR alone, a byte-order mark and blank lines are passed over,
/// blanks at the end of a line do not count, and a quote inside an unquoted field is an ordinary
/// character.
///
/// Source: Shafranovich, *Common Format and MIME Type for Comma-Separated Values (CSV) Files*, RFC 4180,
/// 2005.
struct CSVFile {
    /// What stands between fields.
    enum Separator {
        case comma, tab

        /// A tab if the first line has one and no comma; files called `.csv` may be either.
        case detected
    }

    struct Row {
        /// Line on which the row begins, counted from 1; a row with quoted line ends takes several.
        let line: Int
        var fields: [String]
    }

    let path: String

    /// Names of the columns; empty without a header.
    let header: [String]

    /// Rows after the header.
    let rows: [Row]

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - separator: What stands between fields.
    ///   - hasHeader: Whether the first row names the columns.
    ///   - keepsRagged: Whether rows may have more or fewer fields than the first row; the caller has
    ///     to look at their number then.
    /// - Throws: ``AnnotationError`` that names the file and the line: the file cannot be read, is not
    ///   UTF-8, lacks its header, has a zero byte, a quote that is never closed, text behind a closing
    ///   quote, or a row with another number of fields than the first.
    init(
        reading path: String, separator: Separator = .comma, hasHeader: Bool = false,
        keepsRagged: Bool = false
    ) throws(AnnotationError) {
        let bytes = [UInt8](try AnnotationFile.bytes(of: path))
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw AnnotationError("read \(path)", "it is not UTF-8 text")
        }
        var rows: [Row] = [], parser = CSVParser(bytes, separator: separator)
        do throws(CSVParser.Flaw) {
            while let row = try parser.next() { rows.append(row) }
        } catch {
            throw AnnotationError("read \(path)", "line \(error.line): \(error.reason)")
        }
        if hasHeader, rows.isEmpty {
            throw AnnotationError("read \(path)", "it is empty, without even a header line")
        }
        self.path = path
        let width = rows.first?.fields.count ?? 0
        header = hasHeader ? rows.removeFirst().fields : []
        self.rows = rows
        if !keepsRagged, let row = rows.first(where: { $0.fields.count != width }) {
            let first = hasHeader ? "the header" : "the first row"
            throw self.error(row, "\(row.fields.count) fields where \(first) has \(width)")
        }
    }

    /// Position of a column.
    ///
    /// - Throws: ``AnnotationError`` if the header does not name it exactly once.
    func column(_ name: String) throws(AnnotationError) -> Int {
        guard let position = try find(name) else {
            throw AnnotationError(
                "read \(path)",
                "line 1: no column '\(name)' among \(header.joined(separator: ", "))")
        }
        return position
    }

    /// Position of a column that need not be there.
    ///
    /// - Throws: ``AnnotationError`` if the header names it more than once.
    func find(_ name: String) throws(AnnotationError) -> Int? {
        let positions = header.indices.filter { header[$0] == name }
        guard positions.count <= 1 else {
            throw AnnotationError("read \(path)", "line 1: two columns are called '\(name)'")
        }
        return positions.first
    }

    /// An error that names a row of this file.
    func error(_ row: Row, _ reason: String) -> AnnotationError {
        AnnotationError("read \(path)", "line \(row.line): \(reason)")
    }

    /// A row as findings name it.
    func place(_ row: Row) -> String { "\(path):\(row.line)" }
}

extension FindingTally {
    /// Counts a defect of a row.
    mutating func note(
        _ kind: String, _ file: CSVFile, _ row: CSVFile.Row, _ what: @autoclosure () -> String,
        _ value: @autoclosure () -> String
    ) {
        note(kind, in: file.path, what(), at: "\(file.place(row)) (\(value()))")
    }
}
