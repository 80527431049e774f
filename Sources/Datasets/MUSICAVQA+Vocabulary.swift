/// The words that published models of MUSIC-AVQA know, and how they cut a question into them.
///
/// Both lists are in the order of first appearance in the official training file, which need not be
/// at hand: they are those of the published `ans_vocab.txt` and `ques_vocab.txt`.
extension MUSICAVQA {
    /// The 42 answers; an index into this list is a label.
    public static let answers = [
        "two", "cello", "congas", "zero", "no", "pipa", "six", "yes", "one", "four",
        "three", "seven", "five", "ukulele", "right", "piano", "left", "accordion",
        "clarinet", "guzheng", "more than ten", "nine", "indoor", "saxophone", "drum",
        "violin", "middle", "outdoor", "bagpipe", "bassoon", "acoustic_guitar", "banjo",
        "electric_bass", "ten", "eight", "flute", "simultaneously", "trumpet", "erhu",
        "xylophone", "tuba", "suona",
    ]

    /// The 93 words of questions, the padding first.
    public static let questionWords = [
        "<pad>", "How", "many", "instruments", "are", "sounding", "in", "the", "video",
        "What", "kind", "of", "instrument", "is", "leftest", "musical", "it", "did",
        "not", "sound", "from", "beginning", "to", "end", "Is", "on", "left", "louder",
        "than", "right", "guzheng", "types", "accordion", "always", "playing", "clarinet",
        "there", "a", "voiceover", "this", "cello", "violin", "flute", "pipa", "piano",
        "Which", "that", "sounds", "at", "same", "time", "as", "acoustic_guitar", "Where",
        "first", "electric_bass", "drum", "more", "rhythmic", "ukulele", "banjo",
        "saxophone", "trumpet", "erhu", "middle", "congas", "entire", "tuba", "bagpipe",
        "loudest", "comes", "xylophone", "bassoon", "suona", "second", "appeared",
        "performance", "rightest", "coming", "third", "last", "Are", "and", "makes",
        "before", "after", "lowest", "fourth", "longer", "fifth", "were", "heard",
        "throughout",
    ]

    /// Words of the longest question, to which shorter ones are padded.
    public static let questionLength = 14

    /// Words of a question, padded to ``questionLength``.
    ///
    /// Trailing blanks are stripped, the rest is split at each blank, the last word loses its last
    /// character (a question mark, which may be the full-width U+FF1F), and words with a placeholder
    /// become the next value.
    ///
    /// - Parameters:
    ///   - template: The question as the annotations have it.
    ///   - values: What its placeholders stand for, in order.
    /// - Returns: At least ``questionLength`` words.
    public static func tokens(of template: String, values: [String]) -> [String] {
        let words = words(of: template, values: values)
        let padding = max(questionLength - words.count, 0)
        return words + Array(repeating: questionWords[0], count: padding)
    }

    static func words(of template: String, values: [String]) -> [String] {
        guard let end = template.lastIndex(where: { $0 != " " }) else { return [] }
        var values = values[...]
        return template[..<end].split(separator: " ", omittingEmptySubsequences: false).map {
            $0.contains("<") ? values.popFirst() ?? String($0) : String($0)
        }
    }

    /// A question with its placeholders filled, without trailing blanks.
    static func fill(_ template: String, _ values: [String]) -> String {
        var text = "", rest = template[...], values = values[...]
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">"),
            let value = values.popFirst()
        {
            text += rest[..<open] + value
            rest = rest[rest.index(after: close)...]
        }
        text += rest
        while text.last == " " { text.removeLast() }
        return text
    }

    static let answerIndices = Dictionary(
        uniqueKeysWithValues: answers.enumerated().map { ($1, $0) })

    static let questionWordSet = Set(questionWords)
}
