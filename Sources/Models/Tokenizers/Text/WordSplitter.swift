/// How a normalised text is cut into the words that a model splits further.
enum WordSplitter: Sendable {
    /// At white space, which is left out, and on both sides of each punctuation mark.
    case bert

    /// By GPT-2's pattern. The text begins with a space, which is added where there is none, if
    /// `addsSpace`.
    case byteLevel(addsSpace: Bool)

    /// By CLIP's pattern; newer files have its special tokens among the alternatives, if
    /// `hasSpecials`.
    case clip(hasSpecials: Bool)

    /// Calls `body` with each word's range of bytes, from left to right, until it returns false.
    func forEachWord(of text: inout [UInt8], _ body: (_ text: [UInt8], Range<Int>) -> Bool) {
        switch self {
        case .bert: BertWords(text: text).forEach(body)
        case .byteLevel(let addsSpace):
            if addsSpace, let first = text.first, first != 0x20 { text.insert(0x20, at: 0) }
            GPT2Words(characters: TextCharacters(text: text)).forEach(body)
        case .clip(let hasSpecials):
            CLIPWords(characters: TextCharacters(text: text), hasSpecials: hasSpecials)
                .forEach(body)
        }
    }
}

/// The characters of a text with their classes.
struct TextCharacters {
    let text: [UInt8]
    private let classes = CharacterClass.table

    /// What the patterns tell apart.
    static let letter = CharacterClass.letter.rawValue
    static let number = CharacterClass.number.rawValue
    static let space = CharacterClass.space.rawValue
    static let other: UInt8 = 0

    init(text: [UInt8]) { self.text = text }

    /// The kind of the character at a place, and the place after it.
    func kind(at place: Int) -> (kind: UInt8, next: Int) {
        let (scalar, next) = UTF8Text.scalar(text, at: place)
        return (classes[Int(scalar)] & (Self.letter | Self.number | Self.space), next)
    }

    /// Where the run of characters of a kind ends that begins at a place.
    func end(of kind: UInt8, from place: Int) -> Int {
        var place = place
        while place < text.count {
            let (found, next) = self.kind(at: place)
            if found != kind { break }
            place = next
        }
        return place
    }

    /// Length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at a place; 0 if there is none of them.
    func contraction(at place: Int) -> Int {
        guard text[place] == UInt8(ascii: "'"), place + 1 < text.count else { return 0 }
        switch text[place + 1] {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"): return isByte("e", at: place + 2) ? 3 : 0
        case UInt8(ascii: "l"): return isByte("l", at: place + 2) ? 3 : 0
        default: return 0
        }
    }

    private func isByte(_ character: Unicode.Scalar, at place: Int) -> Bool {
        place < text.count && text[place] == UInt8(ascii: character)
    }
}
