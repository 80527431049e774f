/// Tokens that are found in a text before it is split into words, such as `[MASK]`.
///
/// Of those that begin at one place the longest is taken.
struct AddedTokens: Sendable {
    struct Token: Sendable {
        var text: [UInt8]
        var id: Int

        /// Whether white space before or behind it belongs to it.
        var takesSpaceBefore = false
        var takesSpaceBehind = false
    }

    /// A part of a text.
    enum Part {
        case text(Range<Int>)
        case token(Int)
    }

    /// By their first bytes, the longest first.
    private let tokens: [[Token]]

    let isEmpty: Bool

    init(_ tokens: [Token]) {
        var byFirst = [[Token]](repeating: [], count: 256)
        for token in tokens {
            guard let first = token.text.first else { continue }
            byFirst[Int(first)].append(token)
        }
        self.tokens = byFirst.map { $0.sorted { $0.text.count > $1.text.count } }
        isEmpty = tokens.isEmpty
    }

    /// Calls `body` with the parts of a text, from left to right, until it returns false.
    func forEachPart(of text: [UInt8], _ body: (Part) -> Bool) {
        var start = 0
        var place = 0
        while place < text.count, !isEmpty {
            let candidates = tokens[Int(text[place])]
            guard !candidates.isEmpty,
                let token = candidates.first(where: { text[place...].starts(with: $0.text) })
            else {
                place += 1
                continue
            }
            var end = place + token.text.count
            if token.takesSpaceBefore {
                while let space = Self.spaceBefore(place, in: text), space >= start {
                    place = space
                }
            }
            if token.takesSpaceBehind {
                let characters = TextCharacters(text: text)
                end = characters.end(of: TextCharacters.space, from: end)
            }
            if start < place, !body(.text(start..<place)) { return }
            guard body(.token(token.id)) else { return }
            (start, place) = (end, end)
        }
        if start < text.count { _ = body(.text(start..<text.count)) }
    }

    /// Where the white space begins that ends at a place, one character of it; nil if there is none.
    private static func spaceBefore(_ place: Int, in text: [UInt8]) -> Int? {
        guard place > 0 else { return nil }
        var start = place - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        let kind = TextCharacters(text: text).kind(at: start).kind
        return kind == TextCharacters.space ? start : nil
    }
}
