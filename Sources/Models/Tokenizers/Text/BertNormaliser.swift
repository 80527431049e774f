/// The text normalisation of BERT.
///
/// Steps in their order: control characters are removed and all white space becomes a space; Chinese
/// characters get spaces on both sides; accents are removed; letters become lower case.
struct BertNormaliser: Sendable {
    let cleansText: Bool
    let separatesChinese: Bool
    let stripsAccents: Bool
    let lowercases: Bool

    /// What becomes of each ASCII character; nothing for 0.
    private let ascii: [UInt8]

    init(cleansText: Bool, separatesChinese: Bool, stripsAccents: Bool, lowercases: Bool) {
        self.cleansText = cleansText
        self.separatesChinese = separatesChinese
        self.stripsAccents = stripsAccents
        self.lowercases = lowercases
        ascii = (UInt8(0)..<0x80).map { byte in
            if lowercases, 0x41...0x5A ~= byte { return byte + 0x20 }
            guard cleansText else { return byte }
            let classes = CharacterClass(rawValue: CharacterClass.table[Int(byte)])
            return [0x9, 0xA, 0xD].contains(byte) ? 0x20 : classes.contains(.dropped) ? 0 : byte
        }
    }

    func callAsFunction(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + 1)
        for byte in text {
            guard byte < 0x80 else { return normalise(UTF8Text.scalars(text)) }
            let changed = ascii[Int(byte)]
            if changed != 0 || !cleansText { result.append(changed) }
        }
        return result
    }

    private func normalise(_ text: [UInt32]) -> [UInt8] {
        let classes = CharacterClass.table
        var scalars: [UInt32] = []
        scalars.reserveCapacity(text.count + 16)
        for scalar in text {
            let character = CharacterClass(rawValue: classes[Int(scalar)])
            if cleansText {
                if character.contains(.dropped) { continue }
                if character.contains(.space) {
                    scalars.append(0x20)
                    continue
                }
            }
            if separatesChinese, character.contains(.chinese) {
                scalars += [0x20, scalar, 0x20]
            } else {
                scalars.append(scalar)
            }
        }
        if stripsAccents {
            scalars = CanonicalForms.shared.decompose(scalars)
            scalars.removeAll { classes[Int($0)] & CharacterClass.accent.rawValue != 0 }
        }
        var result: [UInt8] = []
        result.reserveCapacity(scalars.count * 2)
        for scalar in scalars {
            if lowercases {
                UTF8Text.appendLowercase(scalar, to: &result)
            } else {
                UTF8Text.append(scalar, to: &result)
            }
        }
        return result
    }
}
