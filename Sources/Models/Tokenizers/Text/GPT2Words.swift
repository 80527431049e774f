/// Words by the pattern of GPT-2 and RoBERTa.
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// A space belongs to the word behind it; of other white space before a word the last character stands
/// alone.
struct GPT2Words {
    static let pattern =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    let characters: TextCharacters

    func forEach(_ body: (_ text: [UInt8], Range<Int>) -> Bool) {
        let text = characters.text
        var place = 0
        while place < text.count {
            let end = end(ofWordAt: place)
            guard body(text, place..<end) else { return }
            place = end
        }
    }

    private func end(ofWordAt place: Int) -> Int {
        let count = characters.text.count
        let contraction = characters.contraction(at: place)
        if contraction > 0 { return place + contraction }
        let isSpace = characters.text[place] == 0x20 && place + 1 < count
        let first = isSpace ? place + 1 : place
        let (kind, next) = characters.kind(at: first)
        if kind != TextCharacters.space { return characters.end(of: kind, from: next) }

        // White space up to the end of the text, or up to its last character before a word.
        var last = place
        var end = characters.kind(at: place).next
        while end < count {
            let (kind, next) = characters.kind(at: end)
            if kind != TextCharacters.space { return last > place ? last : end }
            (last, end) = (end, next)
        }
        return end
    }
}
