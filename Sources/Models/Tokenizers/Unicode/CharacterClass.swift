/// What a character is to the reference library for tokenizers.
struct CharacterClass: OptionSet {
    let rawValue: UInt8

    static let letter = CharacterClass(rawValue: 1)
    static let number = CharacterClass(rawValue: 2)
    static let space = CharacterClass(rawValue: 4)
    static let punctuation = CharacterClass(rawValue: 8)

    /// A mark that is removed with accents.
    static let accent = CharacterClass(rawValue: 16)

    /// A control, format or private character, which cleaning removes.
    static let dropped = CharacterClass(rawValue: 32)

    /// A Chinese character, which is a word of its own to BERT.
    static let chinese = CharacterClass(rawValue: 64)

    /// The classes of all scalars, by number.
    static let table: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 0x110000)
        func add(_ characters: CharacterClass, _ ranges: [Range<Int>]) {
            for range in ranges {
                for code in range { table[code] |= characters.rawValue }
            }
        }
        add(.letter, UnicodeTables.ranges(UnicodeTables.letters))
        add(.number, UnicodeTables.ranges(UnicodeTables.numbers))
        add(.punctuation, UnicodeTables.ranges(UnicodeTables.punctuation))
        add(.accent, UnicodeTables.ranges(UnicodeTables.accents))
        add(.dropped, UnicodeTables.ranges(UnicodeTables.dropped))
        add(.space, whiteSpace)
        add(.chinese, chineseBlocks)
        return table
    }()

    /// Unicode's property White_Space, which is the same in all versions concerned.
    private static let whiteSpace: [Range<Int>] = [
        0x9..<0xE, 0x20..<0x21, 0x85..<0x86, 0xA0..<0xA1, 0x1680..<0x1681, 0x2000..<0x200B,
        0x2028..<0x202A, 0x202F..<0x2030, 0x205F..<0x2060, 0x3000..<0x3001,
    ]

    /// The blocks as the reference library has them: extension E begins late, at 2B920 for 2B820.
    private static let chineseBlocks: [Range<Int>] = [
        0x3400..<0x4DC0, 0x4E00..<0xA000, 0xF900..<0xFB00, 0x20000..<0x2A6E0, 0x2A700..<0x2B820,
        0x2B920..<0x2CEB0, 0x2F800..<0x2FA20,
    ]
}

extension UnicodeTables {
    /// The numbers of a table's text.
    static func numbers(_ text: String) -> [Int] {
        text.split(whereSeparator: \.isWhitespace).map { Int($0, radix: 36)! }
    }

    /// The ranges of a table that is written as gaps and lengths.
    static func ranges(_ text: String) -> [Range<Int>] {
        let numbers = numbers(text)
        var ranges: [Range<Int>] = []
        var end = 0
        for i in stride(from: 0, to: numbers.count, by: 2) {
            let start = end + numbers[i]
            end = start + numbers[i + 1]
            ranges.append(start..<end)
        }
        return ranges
    }
}
