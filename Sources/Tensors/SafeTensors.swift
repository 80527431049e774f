import Foundation

/// A file of named tensors: eight bytes of header length, a JSON header, then the tensors' bytes.
///
/// The file is mapped, and everything its header says is checked against the file's size before any
/// tensor is read, so a truncated or hostile file is an error and never a fault.
///
/// Format: <https://github.com/huggingface/safetensors>.
public struct SafeTensors: Sendable {
    /// A file that could not be read or written, and why.
    public struct Error: Swift.Error, CustomStringConvertible, Equatable {
        /// What kind of trouble it is.
        public enum Kind: Sendable {
            case missing
            case permission

            /// The file is not what its format or its reader expects.
            case invalid
        }

        public let kind: Kind

        /// What was attempted, such as `read /models/vit/model.safetensors`.
        public let operation: String
        public let reason: String

        public var description: String { "cannot \(operation): \(reason)" }
    }

    /// Where a tensor lies, and what its elements are.
    public struct Entry: Sendable, Equatable {
        /// Name of the element type, such as `F32` or `BF16`.
        public let type: String
        public let shape: [Int]

        /// Position of the tensor's bytes, counted from the end of the header.
        public let range: Range<Int>
    }

    public let path: String
    public let entries: [String: Entry]
    public let metadata: [String: String]

    private let file: Data
    private let payload: Int

    /// Longest header that is accepted, as in the reference implementation.
    private static let headerLimit = 100_000_000

    /// Maps a file and checks its header.
    ///
    /// - Throws: ``Error`` if the file cannot be opened or its header does not describe its bytes.
    public init(reading path: String) throws(Error) {
        let operation = "read \(path)"
        func failure(_ reason: String) -> Error {
            Error(kind: .invalid, operation: operation, reason: reason)
        }

        let file: Data
        do {
            file = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        } catch {
            throw Self.openingError(operation, error)
        }
        guard file.count >= 8 else {
            throw failure("\(file.count) bytes are too few for a safetensors file (truncated?)")
        }
        let length = file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Self.headerLimit else { throw failure("header of \(length) bytes") }
        let payload = 8 + Int(length)
        guard payload <= file.count else {
            throw failure("header of \(length) bytes in a file of \(file.count) (truncated?)")
        }
        guard
            let header = try? JSONSerialization.jsonObject(with: file[8..<payload]),
            let header = header as? [String: Any]
        else { throw failure("its header is not a JSON object") }

        var entries: [String: Entry] = [:]
        for (name, value) in header where name != "__metadata__" {
            entries[name] = try Self.entry(
                named: name, value, available: file.count - payload, failure)
        }
        try Self.checkOverlap(of: entries, failure)

        self.path = path
        self.entries = entries
        self.metadata = header["__metadata__"] as? [String: String] ?? [:]
        self.file = file
        self.payload = payload
    }

    private static func entry(
        named name: String, _ value: Any, available: Int, _ failure: (String) -> Error
    ) throws(Error) -> Entry {
        guard
            let fields = value as? [String: Any],
            let type = fields["dtype"] as? String,
            let shape = fields["shape"] as? [Int],
            let offsets = fields["data_offsets"] as? [Int], offsets.count == 2
        else { throw failure("tensor '\(name)' has no valid dtype, shape and data_offsets") }
        guard 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= available else {
            throw failure(
                "tensor '\(name)' lies at \(offsets[0])..<\(offsets[1]) of \(available) bytes "
                    + "(truncated?)")
        }
        guard let size = byteSize(of: type) else {
            throw failure("tensor '\(name)' has the unknown type \(type)")
        }
        var bytes = size
        for extent in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else {
                throw failure("tensor '\(name)' has shape \(shape)")
            }
            bytes = product
        }
        guard bytes == offsets[1] - offsets[0] else {
            throw failure(
                "tensor '\(name)' of shape \(shape) and type \(type) takes \(bytes) bytes, "
                    + "not \(offsets[1] - offsets[0])")
        }
        return Entry(type: type, shape: shape, range: offsets[0]..<offsets[1])
    }

    private static func checkOverlap(
        of entries: [String: Entry], _ failure: (String) -> Error
    ) throws(Error) {
        let ordered = entries.filter { !$0.value.range.isEmpty }
            .sorted { $0.value.range.lowerBound < $1.value.range.lowerBound }
        for (first, second) in zip(ordered, ordered.dropFirst())
        where first.value.range.upperBound > second.value.range.lowerBound {
            throw failure("tensors '\(first.key)' and '\(second.key)' overlap")
        }
    }

    private static func byteSize(of type: String) -> Int? {
        switch type {
        case "F64", "I64", "U64": 8
        case "F32", "I32", "U32": 4
        case "F16", "BF16", "I16", "U16": 2
        case "I8", "U8", "BOOL": 1
        default: nil
        }
    }

    /// The named tensor's elements as `Float`, from F32, F16 or BF16.
    ///
    /// - Throws: ``Error`` if there is no such tensor or it has another type.
    public func tensor(_ name: String) throws(Error) -> Tensor {
        let entry = try find(name), bytes = try bytes(of: name)
        let elements: [Float]
        switch entry.type {
        case "F32": elements = Self.words(bytes, as: UInt32.self).map { Float(bitPattern: $0) }
        case "BF16":
            elements = Self.words(bytes, as: UInt16.self).map {
                Float(bitPattern: UInt32($0) << 16)
            }
        case "F16":
            elements = Self.words(bytes, as: UInt16.self).map { Float(Float16(bitPattern: $0)) }
        default:
            throw Error(
                kind: .invalid, operation: "read \(path)",
                reason: "tensor '\(name)' has type \(entry.type); F32, F16 or BF16 is expected")
        }
        return Tensor(elements, shape: entry.shape)
    }

    /// The named tensor's bytes as they lie in the file.
    ///
    /// - Throws: ``Error`` if there is no such tensor.
    public func bytes(of name: String) throws(Error) -> [UInt8] {
        let range = try find(name).range
        return Array(file[(payload + range.lowerBound)..<(payload + range.upperBound)])
    }

    private func find(_ name: String) throws(Error) -> Entry {
        guard let entry = entries[name] else {
            throw Error(
                kind: .invalid, operation: "read \(path)", reason: "it has no tensor '\(name)'")
        }
        return entry
    }

    /// Little-endian words of a byte range whose size is a multiple of theirs.
    private static func words<Word: FixedWidthInteger>(_ bytes: [UInt8], as: Word.Type) -> [Word] {
        let size = MemoryLayout<Word>.size
        return bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / size).map {
                Word(littleEndian: bytes.loadUnaligned(fromByteOffset: size * $0, as: Word.self))
            }
        }
    }

    /// The failure of opening a file.
    private static func openingError(_ operation: String, _ error: any Swift.Error) -> Error {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile?, .fileNoSuchFile?:
            Error(kind: .missing, operation: operation, reason: "No such file or directory")
        case .fileReadNoPermission?:
            Error(kind: .permission, operation: operation, reason: "Permission denied")
        default: Error(kind: .invalid, operation: operation, reason: "it is not a readable file")
        }
    }
}
