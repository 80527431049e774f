/// Words by CLIP's pattern, in which the special tokens are alternatives of newer files only.
///
///     <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
///
/// Each word is then split once more by GPT-2's pattern, which parts the special tokens' brackets from their
/// names and leaves all other words as they are.
struct CLIPWords {
    static let pattern = #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
    static let patternWithSpecials = #"<\|startoftext\|>|<\|endoftext\|>|"# + pattern

    let characters: TextCharacters
    let hasSpecials: Bool

    private static let specials = ["<|startoftext|>", "<|endoftext|>"].map { Array($0.utf8) }

    func forEach(_ body: (_ text: [UInt8], Range<Int>) -> Bool) {
        let text = characters.text
        var place = 0
        while place < text.count {
            if let end = endOfSpecial(at: place) {
                let name = place + 2..<end - 2
                guard body(text, place..<name.lowerBound), body(text, name),
                    body(text, name.upperBound..<end)
                else { return }
                place = end
                continue
            }
            var end = place + characters.contraction(at: place)
            if end == place {
                let (kind, next) = characters.kind(at: place)
                if kind == TextCharacters.space {
                    place = next
                    continue
                }
                end = kind == TextCharacters.number ? next : characters.end(of: kind, from: next)
            }
            guard body(text, place..<end) else { return }
            place = end
        }
    }

    private func endOfSpecial(at place: Int) -> Int? {
        guard hasSpecials, characters.text[place] == UInt8(ascii: "<") else { return nil }
        let rest = characters.text[place...]
        return Self.specials.first { rest.starts(with: $0) }.map { place + $0.count }
    }
}
