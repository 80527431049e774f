/// Reads JSON byte by byte, as far as headers of safetensors files need it.
///
/// Nothing is nested deeper than its caller asks for, so no input can exhaust the stack.
struct HeaderScanner {
    typealias Flaw = SafeTensorsHeader.Flaw

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func flaw(_ what: String) -> Flaw {
        Flaw(reason: "its header is not valid: \(what) at byte \(position)")
    }

    /// The next byte that is no white space, without taking it; nil at the end.
    private mutating func next() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return bytes[position]
            }
        }
        return nil
    }

    private mutating func take(_ character: Unicode.Scalar) throws(Flaw) {
        guard next() == UInt8(ascii: character) else { throw flaw("no '\(character)'") }
        position += 1
    }

    private mutating func takeIf(_ character: Unicode.Scalar) -> Bool {
        guard next() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Checks that nothing but white space is left.
    mutating func end() throws(Flaw) {
        guard next() == nil else { throw flaw("something after its end") }
    }

    /// Reads an object; `member` reads the value that belongs to a key.
    mutating func object(
        _ member: (inout HeaderScanner, _ key: String) throws(Flaw) -> Void
    ) throws(Flaw) {
        try take("{")
        if takeIf("}") { return }
        repeat {
            let key = try text()
            try take(":")
            try member(&self, key)
        } while takeIf(",")
        try take("}")
    }

    /// Reads a list of whole numbers.
    mutating func integers() throws(Flaw) -> [Int] {
        try take("[")
        var integers: [Int] = []
        if takeIf("]") { return integers }
        repeat { integers.append(try integer()) } while takeIf(",")
        try take("]")
        return integers
    }

    private mutating func integer() throws(Flaw) -> Int {
        let isNegative = takeIf("-")
        if !isNegative { _ = next() }
        let start = position
        while position < bytes.count, 0x30...0x39 ~= bytes[position] { position += 1 }
        let digits = bytes[start..<position]
        guard !digits.isEmpty, digits.count == 1 || digits.first != 0x30 else {
            throw flaw("no whole number")
        }
        var number = 0
        for digit in digits {
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = tens.addingReportingOverflow(Int(digit - 0x30))
            guard !isTooLarge, !isLarger else { throw flaw("a number that is too large") }
            number = sum
        }
        guard !isNegative || number > 0 else { throw flaw("no whole number") }
        return isNegative ? -number : number
    }

    /// Reads a text.
    mutating func text() throws(Flaw) -> String {
        try take("\"")
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: text, as: UTF8.self) else {
                    throw flaw("a text that is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                position += 1
                text += Array(try escaped().utf8)
            case 0x00..<0x20: throw flaw("a control character")
            default:
                position += 1
                text.append(byte)
            }
        }
        throw flaw("a text without end")
    }

    /// Reads what follows a backslash.
    private mutating func escaped() throws(Flaw) -> String {
        guard position < bytes.count else { throw flaw("a text without end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            return String(Unicode.Scalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try codeUnit()
            if let scalar = Unicode.Scalar(unit) { return String(scalar) }
            guard unit < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw flaw("half a character") }
            position += 2
            let low = try codeUnit()
            guard 0xDC00..<0xE000 ~= low,
                let scalar = Unicode.Scalar(
                    0x10000 + (UInt32(unit - 0xD800) << 10) + UInt32(low - 0xDC00))
            else { throw flaw("half a character") }
            return String(scalar)
        default: throw flaw("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(Flaw) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count,
                let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue,
                bytes[position] < 0x80
            else { throw flaw("an unknown escape") }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
