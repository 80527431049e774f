/// Cuts the bytes of a table into rows and fields.
struct CSVParser {
    /// What is wrong with a row.
    struct Flaw: Error {
        let line: Int
        let reason: String
    }

    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")

    private let bytes: [UInt8]
    private let separator: UInt8
    private var position = 0
    private var line = 1

    /// Begins at the first of `bytes`, which are UTF-8 without a byte-order mark.
    init(_ bytes: [UInt8], separator: CSVFile.Separator) {
        self.bytes = bytes
        switch separator {
        case .comma: self.separator = UInt8(ascii: ",")
        case .tab: self.separator = Self.tab
        case .detected:
            let first = bytes.prefix { $0 != Self.newline && $0 != Self.carriageReturn }
            let isTab = first.contains(Self.tab) && !first.contains(UInt8(ascii: ","))
            self.separator = isTab ? Self.tab : UInt8(ascii: ",")
        }
    }

    /// The next row that is not blank; nil at the end.
    mutating func next() throws(Flaw) -> CSVFile.Row? {
        while position < bytes.count {
            let start = position, first = line
            var fields = [try field()]
            while position < bytes.count, bytes[position] == separator {
                position += 1
                fields.append(try field())
            }
            let isBlank = fields == [""] && bytes[start] != Self.quote
            passLineEnd()
            if !isBlank { return CSVFile.Row(line: first, fields: fields) }
        }
        return nil
    }

    /// A field, up to the separator or line end behind it.
    private mutating func field() throws(Flaw) -> String {
        if position < bytes.count, bytes[position] == Self.quote { return try quotedField() }
        let start = position
        while position < bytes.count, !endsField(bytes[position]) {
            guard bytes[position] != 0 else { throw zeroByte }
            position += 1
        }
        var end = position
        if position == bytes.count || bytes[position] != separator {
            while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func quotedField() throws(Flaw) -> String {
        let opening = line
        position += 1
        var start = position, text = ""
        while true {
            guard position < bytes.count else {
                throw Flaw(line: opening, reason: "a quote is opened here and never closed")
            }
            switch bytes[position] {
            case Self.quote:
                text += String(decoding: bytes[start..<position], as: UTF8.self)
                position += 1
                guard position < bytes.count, bytes[position] == Self.quote else {
                    try passBlanks()
                    return text
                }
                // The second of two quotes is the first byte of what follows.
                start = position
                position += 1
            case Self.newline, Self.carriageReturn: passLineEnd()
            case 0: throw zeroByte
            default: position += 1
            }
        }
    }

    /// Passes over blanks between a closing quote and the end of its field.
    private mutating func passBlanks() throws(Flaw) {
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
        guard position == bytes.count || endsField(bytes[position]) else {
            throw Flaw(line: line, reason: "text follows a closing quote")
        }
    }

    private mutating func passLineEnd() {
        guard position < bytes.count else { return }
        let isReturn = bytes[position] == Self.carriageReturn
        position += 1
        if isReturn, position < bytes.count, bytes[position] == Self.newline { position += 1 }
        line += 1
    }

    private var zeroByte: Flaw { Flaw(line: line, reason: "there is a zero byte") }

    private func endsField(_ byte: UInt8) -> Bool {
        byte == separator || byte == Self.newline || byte == Self.carriageReturn
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == Self.space || byte == Self.tab && separator != Self.tab
    }
}
