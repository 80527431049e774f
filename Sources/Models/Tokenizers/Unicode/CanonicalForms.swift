/// Canonical decomposition and composition, with the tables of the reference library.
///
/// Source: Unicode Standard Annex #15, *Unicode Normalization Forms*; Hangul by The Unicode Standard,
/// chapter 3.12.
struct CanonicalForms: Sendable {
    static let shared = CanonicalForms()

    /// For each scalar up to the last that has one, 1 + the place of its decomposition; 0 for none.
    private var places: [UInt16]
    private var decompositions: [[UInt32]] = [[]]

    /// Combining classes of scalars up to the last that has one.
    private var classes: [UInt8]

    /// Primary composites by their two parts.
    private var composites: [UInt64: UInt32] = [:]

    private init() {
        places = Array(repeating: 0, count: 0x2FA20)
        classes = Array(repeating: 0, count: 0x1E950)
        let runs = UnicodeTables.numbers(UnicodeTables.combiningClasses)
        for i in stride(from: 0, to: runs.count, by: 3) {
            for code in runs[i]..<runs[i] + runs[i + 1] { classes[code] = UInt8(runs[i + 2]) }
        }

        var code = 0
        var composing: [UInt32] = []
        for entry in UnicodeTables.decompositions.split(whereSeparator: \.isWhitespace) {
            let sides = entry.split(separator: "=")
            let isExcluded = sides[0].hasSuffix("!")
            code += Int(sides[0].dropLast(isExcluded ? 1 : 0), radix: 36)!
            places[code] = UInt16(decompositions.count)
            decompositions.append(sides[1].split(separator: ".").map { UInt32($0, radix: 36)! })
            if !isExcluded { composing.append(UInt32(code)) }
        }
        // A composite of three scalars is one of two and another, so the shorter ones come first.
        for length in 2...4 {
            for code in composing {
                let parts = decompositions[Int(places[Int(code)])]
                guard parts.count == length else { continue }
                let first = parts.dropFirst().dropLast().reduce(parts[0]) { first, next in
                    composites[Self.pair(first, next)]!
                }
                composites[Self.pair(first, parts[length - 1])] = code
            }
        }
    }

    private static func pair(_ first: UInt32, _ second: UInt32) -> UInt64 {
        UInt64(first) << 32 | UInt64(second)
    }

    private func combiningClass(_ scalar: UInt32) -> UInt8 {
        scalar < UInt32(classes.count) ? classes[Int(scalar)] : 0
    }

    /// Normalisation form D.
    func decompose(_ text: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(text.count + text.count / 2)
        for scalar in text {
            if scalar < 0xC0 {
                result.append(scalar)
            } else if Hangul.syllables.contains(scalar) {
                let index = scalar - Hangul.syllables.lowerBound
                result.append(Hangul.leads.lowerBound + index / (21 * 28))
                result.append(Hangul.vowels.lowerBound + index % (21 * 28) / 28)
                if index % 28 > 0 { result.append(Hangul.trails.lowerBound - 1 + index % 28) }
            } else if scalar < UInt32(places.count), places[Int(scalar)] > 0 {
                result += decompositions[Int(places[Int(scalar)])]
            } else {
                result.append(scalar)
            }
        }
        order(&result)
        return result
    }

    /// Puts each run of marks into the order of their classes, and those of one class as they were.
    private func order(_ text: inout [UInt32]) {
        var start = 0
        while start < text.count {
            guard combiningClass(text[start]) > 0 else {
                start += 1
                continue
            }
            var end = start + 1
            var isOrdered = true
            while end < text.count, combiningClass(text[end]) > 0 {
                if combiningClass(text[end]) < combiningClass(text[end - 1]) { isOrdered = false }
                end += 1
            }
            if !isOrdered {
                let run = text[start..<end].enumerated().sorted {
                    (combiningClass($0.element), $0.offset)
                        < (combiningClass($1.element), $1.offset)
                }
                text.replaceSubrange(start..<end, with: run.map(\.element))
            }
            start = end
        }
    }

    /// Normalisation form C.
    func compose(_ text: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        var starter: Int?
        // Of what stands behind the starter; less than any class if nothing does.
        var last = -1
        for scalar in decompose(text) {
            let order = Int(combiningClass(scalar))
            if let starter, last < order, let composite = composite(result[starter], scalar) {
                result[starter] = composite
                continue
            }
            if order == 0 {
                starter = result.count
                last = -1
            } else {
                last = order
            }
            result.append(scalar)
        }
        return result
    }

    private func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if Hangul.leads.contains(first), Hangul.vowels.contains(second) {
            let lead = first - Hangul.leads.lowerBound, vowel = second - Hangul.vowels.lowerBound
            return Hangul.syllables.lowerBound + (lead * 21 + vowel) * 28
        }
        if Hangul.syllables.contains(first), Hangul.trails.contains(second),
            (first - Hangul.syllables.lowerBound).isMultiple(of: 28)
        {
            return first + second - Hangul.trails.lowerBound + 1
        }
        return composites[Self.pair(first, second)]
    }

    private enum Hangul {
        static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
        static let leads: Range<UInt32> = 0x1100..<0x1113
        static let vowels: Range<UInt32> = 0x1161..<0x1176
        static let trails: Range<UInt32> = 0x11A8..<0x11C3
    }
}
