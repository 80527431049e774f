/// What is done to a text before it is split into words.
enum TextNormaliser: Sendable {
    case none
    case bert(BertNormaliser)

    /// Composed characters, each run of white space as one space, lower case: CLIP's.
    case clip

    /// The text in its normal form, as UTF-8.
    func callAsFunction(_ text: [UInt8]) -> [UInt8] {
        switch self {
        case .none: return text
        case .bert(let normaliser): return normaliser(text)
        case .clip:
            let classes = CharacterClass.table
            var scalars = UTF8Text.scalars(text)
            // No character before U+0300 is changed by composition.
            if scalars.contains(where: { $0 >= 0x300 }) {
                scalars = CanonicalForms.shared.compose(scalars)
            }
            var result: [UInt8] = []
            result.reserveCapacity(text.count)
            var isAfterSpace = false
            for scalar in scalars {
                let isSpace = classes[Int(scalar)] & CharacterClass.space.rawValue != 0
                if !isSpace {
                    UTF8Text.appendLowercase(scalar, to: &result)
                } else if !isAfterSpace {
                    result.append(0x20)
                }
                isAfterSpace = isSpace
            }
            return result
        }
    }
}
