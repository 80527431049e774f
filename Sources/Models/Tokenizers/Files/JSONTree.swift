/// A value of a JSON file whose strings are told apart byte by byte.
///
/// Vocabularies have tokens that are canonically equivalent, such as `가` in one and in two characters.
/// As keys of a dictionary these would be the same string to Swift.
enum JSONTree {
    case object([(key: String, value: JSONTree)])
    case array([JSONTree])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    /// Reads a text; nil if it is no JSON.
    init?(_ bytes: [UInt8]) {
        var parser = JSONParser(bytes: bytes)
        guard let value = parser.value(depth: 0) else { return nil }
        parser.skipSpace()
        guard parser.place == bytes.count else { return nil }
        self = value
    }

    /// The value of an object's key; nil if it has none, or null.
    subscript(key: String) -> JSONTree? {
        guard case .object(let fields) = self, let field = fields.last(where: { $0.key == key })
        else { return nil }
        if case .null = field.value { return nil }
        return field.value
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    var array: [JSONTree]? { if case .array(let values) = self { values } else { nil } }
    var int: Int? { if case .number(let number) = self { Int(exactly: number) } else { nil } }
}

/// Reads JSON from its beginning on; each function gives nil where the text is none.
private struct JSONParser {
    let bytes: [UInt8]
    var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func skipSpace() {
        while place < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[place]) { place += 1 }
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard place + count <= bytes.count else { return false }
        let matches = text.description.utf8.elementsEqual(bytes[place..<place + count])
        if matches { place += count }
        return matches
    }

    mutating func value(depth: Int) -> JSONTree? {
        skipSpace()
        guard place < bytes.count, depth < 64 else { return nil }
        switch bytes[place] {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return skip("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return skip("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return skip("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> JSONTree? {
        place += 1
        var fields: [(key: String, value: JSONTree)] = []
        skipSpace()
        if skip("}") { return .object([]) }
        repeat {
            skipSpace()
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\""), let key = string()
            else { return nil }
            skipSpace()
            guard skip(":"), let value = value(depth: depth + 1) else { return nil }
            fields.append((key, value))
            skipSpace()
        } while skip(",")
        return skip("}") ? .object(fields) : nil
    }

    private mutating func array(depth: Int) -> JSONTree? {
        place += 1
        var values: [JSONTree] = []
        skipSpace()
        if skip("]") { return .array([]) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
            skipSpace()
        } while skip(",")
        return skip("]") ? .array(values) : nil
    }

    private mutating func number() -> JSONTree? {
        let start = place
        while place < bytes.count, "+-.0123456789Ee".utf8.contains(bytes[place]) { place += 1 }
        return Double(String(decoding: bytes[start..<place], as: UTF8.self)).map { .number($0) }
    }

    private mutating func string() -> String? {
        place += 1
        var text: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                UTF8Text.append(scalar, to: &text)
            case ..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> UInt32? {
        guard place < bytes.count else { return nil }
        place += 1
        switch bytes[place - 1] {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            guard let high = hexadecimal() else { return nil }
            guard 0xD800...0xDFFF ~= high else { return high }
            guard high < 0xDC00, skip("\\u"), let low = hexadecimal(), 0xDC00...0xDFFF ~= low
            else { return nil }
            return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        case let other: return "\"\\/".utf8.contains(other) ? UInt32(other) : nil
        }
    }

    private mutating func hexadecimal() -> UInt32? {
        guard place + 4 <= bytes.count else { return nil }
        place += 4
        let digits = bytes[place - 4..<place]
        guard digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else {
            return nil
        }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
