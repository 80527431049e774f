/// A file of named tensors: eight bytes of header length, a JSON header, then the tensors' bytes.
///
/// The file is mapped, and everything its header says is checked against the file's size before any
/// tensor is read, so a truncated or hostile file is an error and never a fault. Tensors lie one after
/// the other and fill the file: no byte belongs to two of them, or to none.
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

    let file: MappedFile

    /// Where the tensors begin in the file.
    let payload: Int

    /// Longest header that is accepted, as in the reference implementation.
    private static let headerLimit = 100_000_000

    /// Maps a file and checks its header.
    ///
    /// - Throws: ``Error`` if the file cannot be opened or its header does not describe its bytes.
    public init(reading path: String) throws(Error) {
        try self.init(MappedFile(path), path)
    }

    /// Checks the header of a file that is a part of the program.
    ///
    /// - Parameters:
    ///   - bytes: The file, which stays where it is as long as the program runs.
    ///   - name: What errors call it.
    /// - Throws: ``Error`` if its header does not describe its bytes.
    public init(embedded bytes: UnsafeRawBufferPointer, name: String) throws(Error) {
        try self.init(MappedFile(embedded: bytes), name)
    }

    private init(_ file: MappedFile, _ path: String) throws(Error) {
        let size = file.bytes.count
        guard size >= 8 else {
            throw .invalid(path, "\(size) bytes are too few for a safetensors file (truncated?)")
        }
        let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
        guard length <= Self.headerLimit else {
            // What a clone without Git's extension for large files has in their place.
            let isPointer = file.bytes.starts(with: "version https://git-lfs".utf8)
            throw .invalid(
                path,
                isPointer
                    ? "it is a pointer of Git LFS; git lfs pull gets the file"
                    : "header of \(length) bytes")
        }
        let payload = 8 + Int(length)
        guard payload <= size else {
            throw .invalid(
                path, "header of \(length) bytes in a file of \(size) (truncated?)")
        }
        do throws(SafeTensorsHeader.Flaw) {
            let header = try SafeTensorsHeader(Array(file.bytes[8..<payload]))
            entries = try Self.entries(of: header, available: size - payload)
            metadata = header.metadata ?? [:]
        } catch {
            throw .invalid(path, error.reason)
        }
        self.path = path
        self.file = file
        self.payload = payload
    }

    private static func entries(
        of header: SafeTensorsHeader, available: Int
    ) throws(SafeTensorsHeader.Flaw) -> [String: Entry] {
        var entries: [String: Entry] = [:], end = 0, previous = ""
        for tensor in header.tensors.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
            let entry = try entry(tensor, available: available)
            guard entry.range.lowerBound >= end else {
                throw .init(reason: "tensors '\(previous)' and '\(tensor.name)' overlap")
            }
            guard entry.range.lowerBound == end else {
                throw .init(
                    reason: "bytes \(end)..<\(entry.range.lowerBound) belong to no tensor")
            }
            entries[tensor.name] = entry
            (end, previous) = (entry.range.upperBound, tensor.name)
        }
        guard end == available else {
            throw .init(reason: "bytes \(end)..<\(available) belong to no tensor")
        }
        return entries
    }

    private static func entry(
        _ tensor: SafeTensorsHeader.Tensor, available: Int
    ) throws(SafeTensorsHeader.Flaw) -> Entry {
        let name = tensor.name, shape = tensor.shape
        guard 0 <= tensor.begin, tensor.begin <= tensor.end, tensor.end <= available else {
            throw .init(
                reason: "tensor '\(name)' lies at \(tensor.begin)..<\(tensor.end) of \(available) "
                    + "bytes (truncated?)")
        }
        guard let size = byteSize(of: tensor.type) else {
            throw .init(reason: "tensor '\(name)' has the unknown type \(tensor.type)")
        }
        var bytes = size
        for extent in shape {
            let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !isTooLarge else {
                throw .init(reason: "tensor '\(name)' has shape \(shape)")
            }
            bytes = product
        }
        guard bytes == tensor.end - tensor.begin else {
            throw .init(
                reason: "tensor '\(name)' of shape \(shape) and type \(tensor.type) takes \(bytes) "
                    + "bytes, not \(tensor.end - tensor.begin)")
        }
        return Entry(type: tensor.type, shape: shape, range: tensor.begin..<tensor.end)
    }

    /// Bytes of an element, of types whose elements fill whole bytes.
    private static func byteSize(of type: String) -> Int? {
        switch type {
        case "F64", "I64", "U64", "C64": 8
        case "F32", "I32", "U32": 4
        case "F16", "BF16", "I16", "U16": 2
        case "I8", "U8", "BOOL", "F8_E5M2", "F8_E4M3", "F8_E8M0": 1
        default: nil
        }
    }

    func find(_ name: String) throws(Error) -> Entry {
        guard let entry = entries[name] else {
            throw .invalid(path, "it has no tensor '\(name)'")
        }
        return entry
    }
}
