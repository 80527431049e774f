import Foundation

/// Annotations in JSON, in one value or with a value on each line.
enum JSONAnnotations {
    /// Reads a file with one value.
    ///
    /// - Throws: ``AnnotationError`` that names the file and where in it the value is wrong.
    static func read<Value: Decodable>(
        _ type: Value.Type, from path: String
    ) throws(AnnotationError) -> Value {
        let bytes = try AnnotationFile.bytes(of: path)
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch {
            throw AnnotationError("read \(path)", reason(of: error))
        }
    }

    /// Reads a value from a line of a file.
    ///
    /// - Throws: ``AnnotationError`` that names the file, the line and the key.
    static func read<Value: Decodable>(
        _ type: Value.Type, from line: AnnotationFile.Line, of file: AnnotationFile
    ) throws(AnnotationError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(line.text.utf8))
        } catch {
            throw file.error(line, reason(of: error))
        }
    }

    /// What the decoder found, in one line.
    private static func reason(of error: any Error) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty
                ? "the whole value"
                : "'"
                    + path.map { $0.intValue.map(String.init) ?? $0.stringValue }
                    .joined(separator: ".") + "'"
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context):
            "\(place(context.codingPath)) has no key '\(key.stringValue)'"
        case DecodingError.typeMismatch(let type, let context),
            DecodingError.valueNotFound(let type, let context):
            "\(place(context.codingPath)) is not of the kind \(type)"
        case DecodingError.dataCorrupted(let context):
            "it is not JSON: \(detail(of: context))"
        default: "it is not JSON: \(error)"
        }
    }

    private static func detail(of context: DecodingError.Context) -> String {
        let underlying = context.underlyingError.map { $0 as NSError }
        let detail = underlying?.userInfo[NSDebugDescriptionErrorKey] as? String
        return (detail ?? context.debugDescription)
            .split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
