public import Foundation

extension SafeTensors {
    /// The bytes of a file that holds `tensors` as F32, in the order given.
    ///
    /// The same tensors give the same bytes: header keys are in order, and nothing is time-stamped.
    public static func encode(
        _ tensors: [(name: String, value: Tensor)], metadata: [String: String] = [:]
    ) -> Data {
        var header: [(String, String)] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0)):\(quoted($1))" }
            header.append(("__metadata__", "{\(pairs.joined(separator: ","))}"))
        }
        var offset = 0
        for (name, value) in tensors {
            let end = offset + 4 * value.count
            let shape = value.shape.map(String.init).joined(separator: ",")
            header.append(
                (name, #"{"dtype":"F32","shape":[\#(shape)],"data_offsets":[\#(offset),\#(end)]}"#))
            offset = end
        }
        var json = "{" + header.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
        json += String(repeating: " ", count: (8 - json.utf8.count % 8) % 8)  // Aligns the tensors.

        var file = Data(capacity: 8 + json.utf8.count + offset)
        withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(contentsOf: json.utf8)
        for (_, value) in tensors {
            value.elements.withUnsafeBytes { file.append(contentsOf: $0) }
        }
        return file
    }

    private static func quoted(_ text: String) -> String {
        let data = try? JSONEncoder().encode(text)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
