import Foundation

/// An annotation file that is a JSON array of objects.
struct AnnotationRows {
    /// One object, and where it stands.
    struct Row {
        /// Position in the array, counted from 0.
        let number: Int
        let path: String
        let values: [String: Any]

        /// The row as findings name it.
        var place: String { "\(path): row \(number)" }
    }

    let path: String
    let rows: [Row]

    /// Reads a whole file.
    ///
    /// - Throws: ``AnnotationError`` if it cannot be read or is not such an array.
    init(reading path: String) throws(AnnotationError) {
        let bytes = try AnnotationFile.bytes(of: path)
        let value: Any
        do {
            value = try JSONSerialization.jsonObject(with: bytes)
        } catch {
            let reason = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
            throw AnnotationError(
                "read \(path)", "it is not JSON: \(reason ?? "it ends early, or is empty")")
        }
        guard let list = value as? [Any] else {
            throw AnnotationError("read \(path)", "it is not a JSON array")
        }
        var rows: [Row] = []
        rows.reserveCapacity(list.count)
        for (number, value) in list.enumerated() {
            guard let values = value as? [String: Any] else {
                throw AnnotationError("read \(path)", "row \(number): it is not an object")
            }
            rows.append(Row(number: number, path: path, values: values))
        }
        self.path = path
        self.rows = rows
    }
}

extension AnnotationRows.Row {
    /// An error that names this row; rows are counted from 0.
    func error(_ reason: String) -> AnnotationError {
        AnnotationError("read \(path)", "row \(number): \(reason)")
    }

    /// The text of a key that a row must have.
    func text(_ key: String) throws(AnnotationError) -> String {
        guard let value = values[key] else { throw error("key '\(key)' is missing") }
        guard let text = value as? String else { throw error("key '\(key)' is not a text") }
        return text
    }

    /// The text or number of a key; nil where it is absent or null.
    ///
    /// Whole numbers are written without decimals.
    func word(_ key: String) throws(AnnotationError) -> String? {
        switch values[key] {
        case nil, is NSNull: return nil
        case let text as String: return text
        case let number as NSNumber:
            return Int(exactly: number.doubleValue).map(String.init) ?? "\(number.doubleValue)"
        default: throw error("key '\(key)' is neither a text nor a number")
        }
    }

    /// Texts of a key whose value is a list, or a text that holds a list in JSON.
    func list(_ key: String) throws(AnnotationError) -> [String] {
        var value = values[key]
        if let text = value as? String {
            value = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        }
        guard let list = value as? [String] else {
            throw error(
                values[key] == nil
                    ? "key '\(key)' is missing" : "key '\(key)' is not a list of texts")
        }
        return list
    }
}
