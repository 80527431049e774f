/// The parts of a tokenizer as its files give them, to be put together.
struct TokenizerParts {
    /// The file that errors name.
    let path: String

    /// All files that the parts come from.
    var files: [String]

    var vocabulary: [VocabularyEntry]
    var added: [(token: AddedTokenDescription, id: Int)] = []
    var normaliser = TextNormaliser.none
    var splitter: WordSplitter
    var model: SubwordTokenizer.Model

    /// Special tokens before and behind a text.
    var before: [String] = []
    var behind: [String] = []

    /// Adds a special token that is in the vocabulary.
    mutating func add(_ token: AddedTokenDescription) throws(BackboneError) {
        added.append((token, try id(of: token.content)))
    }

    /// The number of a token that there must be.
    func id(of token: String) throws(BackboneError) -> Int {
        let text = Array(token.utf8)
        // Tokens that are added to the vocabulary need not be in it; of two equal ones the later counts.
        if let added = added.last(where: { $0.token.content.utf8.elementsEqual(text) }) {
            return added.id
        }
        guard let entry = vocabulary.last(where: { $0.text == text }) else {
            throw error("its vocabulary has no special token '\(token)'")
        }
        return entry.id
    }

    func error(_ reason: String) -> BackboneError {
        BackboneError("load tokenizer \(path)", reason)
    }

    /// The tokenizer.
    func assemble() throws(BackboneError) -> SubwordTokenizer {
        if let single = added.first(where: \.token.isSingleWord) {
            throw error(
                "its token '\(single.token.content)' has 'single_word' true (supported: false)")
        }
        func tokens(normalised: Bool) -> AddedTokens {
            AddedTokens(
                added.filter { $0.token.isNormalised == normalised }.map { token, id in
                    let text = Array(token.content.utf8)
                    return AddedTokens.Token(
                        text: normalised ? normaliser(text) : text, id: id,
                        takesSpaceBefore: token.takesSpaceBefore,
                        takesSpaceBehind: token.takesSpaceBehind)
                })
        }
        var before: [Int] = [], behind: [Int] = []
        for token in self.before { before.append(try id(of: token)) }
        for token in self.behind { behind.append(try id(of: token)) }
        let greatest = max(vocabulary.map(\.id).max() ?? 0, added.map(\.id).max() ?? 0)
        return SubwordTokenizer(
            added: tokens(normalised: false), normalisedAdded: tokens(normalised: true),
            normaliser: normaliser, splitter: splitter, model: model, before: before,
            behind: behind, files: files, vocabularySize: greatest + 1)
    }
}

extension BytePairs {
    /// Puts merges into a table.
    ///
    /// - Parameters:
    ///   - vocabulary: Tokens in the alphabet that stands for bytes.
    ///   - pairs: Tokens that are merged, the earliest first.
    ///   - suffix: What the last token of a word ends in.
    ///   - unknown: Takes the place of bytes without a token.
    ///   - file: For errors.
    /// - Throws: ``BackboneError`` that names the merge whose tokens are not in the vocabulary.
    init(
        _ vocabulary: [VocabularyEntry], pairs: [(String, String)], suffix: String, unknown: Int?,
        _ file: (_ reason: String) -> BackboneError
    ) throws(BackboneError) {
        let table = Vocabulary(vocabulary)
        var merges: [(first: Int, second: Int, id: Int)] = []
        merges.reserveCapacity(pairs.count)
        for (first, second) in pairs {
            guard
                let left = table.id(of: first), let right = table.id(of: second),
                let id = table.id(of: Array(first.utf8) + Array(second.utf8))
            else { throw file("its merge '\(first) \(second)' is not of tokens of its vocabulary") }
            merges.append((left, right, id))
        }
        self.init(
            bytes: ByteAlphabet.letters.map { table.id(of: String($0)) ?? -1 },
            lastBytes: ByteAlphabet.letters.map { table.id(of: "\($0)\(suffix)") ?? -1 },
            merges: PairTable(merges), unknown: unknown)
    }
}

/// The printable characters that stand for bytes in the vocabularies of byte-level models.
///
/// Bytes that are printable in Latin-1 stand for themselves, the others for U+0100 and up, in their order.
enum ByteAlphabet {
    static let letters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            if 0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || byte >= 0xAE {
                return Unicode.Scalar(byte)
            }
            next += 1
            return Unicode.Scalar(next - 1)!
        }
    }()
}
