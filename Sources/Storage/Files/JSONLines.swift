public import Foundation

/// Files with one JSON object on each line.
public enum JSONLines {
    /// One line of JSON, keys in order, the same for equal values.
    public static func text(of value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            preconditionFailure("a value of our own cannot be written as JSON: \(error)")
        }
    }

    /// The bytes of a file of these values.
    public static func encode(_ values: some Sequence<some Encodable>) -> Data {
        Data(values.map { text(of: $0) + "\n" }.joined().utf8)
    }

    /// The values in a file.
    ///
    /// - Throws: ``StorageError`` that names the line that cannot be read.
    public static func read<Value: Decodable>(
        _ path: String, as: Value.Type
    ) throws(StorageError) -> [Value] {
        var values: [Value] = []
        let decoder = JSONDecoder()
        for (index, line) in try AtomicFile.read(path).split(separator: UInt8(ascii: "\n"))
            .enumerated()
        {
            do {
                values.append(try decoder.decode(Value.self, from: line))
            } catch {
                throw StorageError(
                    .damaged, "read \(path)", "line \(index + 1) is not what avprep wrote there")
            }
        }
        return values
    }

    /// The bytes of a file whose lines end with a checksum of themselves.
    public static func seal(_ values: some Sequence<some Encodable>) -> Data {
        Data(values.map { seal(text(of: $0)) + "\n" }.joined().utf8)
    }

    /// An object with `check`, the XXH3 of its other members as they stand there, for its last one.
    private static func seal(_ object: String) -> String {
        let check = XXH3.hexadecimal(XXH3.hash(Array(object.utf8)))
        return "\(object.dropLast()),\"check\":\"\(check)\"}"
    }

    /// The values in a file of lines that end with a checksum.
    ///
    /// - Throws: ``StorageError`` of kind `damaged` that names the line which is not what was written.
    public static func readSealed<Value: Decodable>(
        _ path: String, as: Value.Type
    ) throws(StorageError) -> [Value] {
        var lines = try AtomicFile.read(path)
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let end = lines.popLast()
        guard end?.isEmpty == true else {
            throw StorageError(.damaged, "read \(path)", "its last line does not end")
        }
        var values: [Value] = []
        for (index, line) in lines.enumerated() {
            let object = line.dropLast(sealSize) + Data("}".utf8)
            guard Array(seal(String(decoding: object, as: UTF8.self)).utf8) == Array(line),
                let value = try? JSONDecoder().decode(Value.self, from: object)
            else {
                throw StorageError(
                    .damaged, "read \(path)", "line \(index + 1) is not what avprep wrote there")
            }
            values.append(value)
        }
        return values
    }

    /// Bytes of a seal, with the brace that closes the object.
    private static let sealSize = #","check":"0123456789abcdef"}"#.utf8.count
}
