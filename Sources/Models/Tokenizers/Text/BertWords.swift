/// Words between white space; each punctuation mark is one of its own.
struct BertWords {
    let text: [UInt8]

    func forEach(_ body: (_ text: [UInt8], Range<Int>) -> Bool) {
        let classes = CharacterClass.table
        var start = 0
        var place = 0
        while place < text.count {
            let (scalar, next) = UTF8Text.scalar(text, at: place)
            let character = CharacterClass(rawValue: classes[Int(scalar)])
            if !character.isDisjoint(with: [.space, .punctuation]) {
                if start < place, !body(text, start..<place) { return }
                if character.contains(.punctuation), !body(text, place..<next) { return }
                start = next
            }
            place = next
        }
        if start < place { _ = body(text, start..<place) }
    }
}
