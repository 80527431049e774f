import Foundation
import Testing

/// An event of TensorBoard as its file's bytes say it, read without any of the code that wrote them.
///
/// Source: the framing of tensorboard's `record_writer.py`, and the wire format of Protocol Buffers.
struct DecodedEvent: Equatable {
    var time = 0.0
    var step: UInt64 = 0
    var version: String?
    var values: [String: Float] = [:]

    /// What is wrong with a file.
    struct Flaw: Error { let reason: String }

    /// All events of a file.
    static func all(in data: Data) throws -> [DecodedEvent] {
        var bytes = Reader(Array(data))
        var events: [DecodedEvent] = []
        while !bytes.isAtEnd {
            let head = try bytes.take(8)
            guard try bytes.number(4) == masked(head) else { throw Flaw(reason: "length's CRC") }
            let body = try bytes.take(Int(Reader.number(head)))
            guard try bytes.number(4) == masked(body) else { throw Flaw(reason: "body's CRC") }
            events.append(try DecodedEvent(body))
        }
        return events
    }

    init() {}

    private init(_ body: [UInt8]) throws {
        for field in try Reader.fields(of: body) {
            switch field {
            case (1, .fixed(let bits)): time = Double(bitPattern: bits)
            case (2, .varint(let number)): step = number
            case (3, .bytes(let text)): version = String(decoding: text, as: UTF8.self)
            case (5, .bytes(let summary)):
                for case (1, .bytes(let value)) in try Reader.fields(of: summary) {
                    try add(value)
                }
            default: throw Flaw(reason: "field \(field)")
            }
        }
    }

    private mutating func add(_ value: [UInt8]) throws {
        var tag: String?, number: Float?
        for field in try Reader.fields(of: value) {
            switch field {
            case (1, .bytes(let text)): tag = String(decoding: text, as: UTF8.self)
            case (2, .half(let bits)): number = Float(bitPattern: bits)
            default: throw Flaw(reason: "field \(field) of a value")
            }
        }
        guard let tag, let number, values.updateValue(number, forKey: tag) == nil else {
            throw Flaw(reason: "value \(tag ?? "without tag")")
        }
    }

    /// CRC-32C by polynomial division, a bit at a time.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var remainder: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            for bit in 0..<8 {
                let isOdd = (remainder ^ UInt32(byte >> bit)) & 1 == 1
                remainder >>= 1
                // 0x1EDC6F41 with its bits in the reverse order.
                if isOdd { remainder ^= 0x82F6_3B78 }
            }
        }
        return remainder ^ 0xFFFF_FFFF
    }

    private static func masked(_ bytes: [UInt8]) -> UInt64 {
        let crc = UInt64(checksum(bytes)), rotated = (crc >> 15 | crc << 17) & 0xFFFF_FFFF
        return (rotated + 0xA282_EAD8) & 0xFFFF_FFFF
    }

    private enum Field {
        case varint(UInt64), fixed(UInt64), bytes([UInt8]), half(UInt32)
    }

    private struct Reader {
        private var rest: ArraySlice<UInt8>
        var isAtEnd: Bool { rest.isEmpty }

        init(_ bytes: [UInt8]) { rest = bytes[...] }

        mutating func take(_ count: Int) throws -> [UInt8] {
            guard rest.count >= count else { throw Flaw(reason: "it ends too early") }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }

        mutating func number(_ count: Int) throws -> UInt64 { Self.number(try take(count)) }

        static func number(_ bytes: [UInt8]) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func varint() throws -> UInt64 {
            var number: UInt64 = 0, shift: UInt64 = 0
            while true {
                let byte = try take(1)[0]
                number |= UInt64(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { return number }
            }
        }

        static func fields(of bytes: [UInt8]) throws -> [(UInt64, Field)] {
            var reader = Reader(bytes), fields: [(UInt64, Field)] = []
            while !reader.isAtEnd {
                let key = try reader.varint()
                switch key & 7 {
                case 0: fields.append((key >> 3, .varint(try reader.varint())))
                case 1: fields.append((key >> 3, .fixed(try reader.number(8))))
                case 2:
                    let count = Int(try reader.varint())
                    fields.append((key >> 3, .bytes(try reader.take(count))))
                case 5: fields.append((key >> 3, .half(UInt32(try reader.number(4)))))
                default: throw Flaw(reason: "wire type \(key & 7)")
                }
            }
            return fields
        }
    }
}
