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
}
