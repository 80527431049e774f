/// What the header of a safetensors file says, read strictly.
///
/// ```json
/// {"weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"format": "pt"}}
/// ```
///
/// JSON of any other form is refused: keys that occur twice, in whatever spelling, keys that are not
/// known, numbers that are not whole, and metadata that are not texts.
struct SafeTensorsHeader {
    /// A tensor as the header has it; nothing of it is checked against the file yet.
    struct Tensor {
        let name: String
        let type: String
        let shape: [Int]
        let begin: Int
        let end: Int
    }

    /// What is wrong with a header.
    struct Flaw: Swift.Error {
        let reason: String
    }

    private(set) var tensors: [Tensor] = []
    private(set) var metadata: [String: String]?

    init(_ bytes: [UInt8]) throws(Flaw) {
        guard bytes.first == UInt8(ascii: "{") else {
            throw Flaw(reason: "its header is not a JSON object")
        }
        var scanner = HeaderScanner(bytes)
        var names: Set<String> = []
        try scanner.object { scanner, name throws(Flaw) in
            guard names.insert(name).inserted else {
                throw Flaw(reason: "its header has '\(name)' twice")
            }
            if name == "__metadata__" {
                metadata = try Self.metadata(&scanner)
            } else {
                tensors.append(try Self.tensor(name, &scanner))
            }
        }
        try scanner.end()
    }

    private static func metadata(_ scanner: inout HeaderScanner) throws(Flaw) -> [String: String] {
        var metadata: [String: String] = [:]
        try scanner.object { scanner, key throws(Flaw) in
            guard metadata.updateValue(try scanner.text(), forKey: key) == nil else {
                throw Flaw(reason: "its metadata have '\(key)' twice")
            }
        }
        return metadata
    }

    private static func tensor(
        _ name: String, _ scanner: inout HeaderScanner
    ) throws(Flaw) -> Tensor {
        var type: String?, shape: [Int]?, offsets: [Int]?
        try scanner.object { scanner, key throws(Flaw) in
            let isNew: Bool
            switch key {
            case "dtype":
                isNew = type == nil
                type = try scanner.text()
            case "shape":
                isNew = shape == nil
                shape = try scanner.integers()
            case "data_offsets":
                isNew = offsets == nil
                offsets = try scanner.integers()
            default: throw Flaw(reason: "tensor '\(name)' has the unknown key '\(key)'")
            }
            guard isNew else { throw Flaw(reason: "tensor '\(name)' has '\(key)' twice") }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw Flaw(reason: "tensor '\(name)' has no valid dtype, shape and data_offsets")
        }
        return Tensor(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }
}
