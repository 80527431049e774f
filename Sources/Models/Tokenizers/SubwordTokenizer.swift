/// A tokenizer of words and their parts, in the five steps of the reference library.
///
/// Added tokens are taken out of the text; the rest is normalised, split into words, and these into tokens;
/// special tokens are put before and behind all of them.
struct SubwordTokenizer: Tokenizer {
    /// What splits a word into tokens.
    enum Model: Sendable {
        case wordPiece(WordPiece)
        case bytePairs(BytePairs)
    }

    /// Those that are found in the text as it is, and in the normalised text.
    let added: AddedTokens
    let normalisedAdded: AddedTokens

    let normaliser: TextNormaliser
    let splitter: WordSplitter
    let model: Model

    /// Special tokens that stand before and behind those of the text.
    let before: [Int]
    let behind: [Int]

    let files: [String]
    let vocabularySize: Int

    var specialTokens: Int { before.count + behind.count }

    func tokenize(_ text: String, maximum: Int) -> TokenizedText {
        precondition(maximum >= specialTokens, "\(maximum) tokens")
        var ids = before
        // One more than fits is enough to know that the text is too long.
        let limit = maximum - behind.count
        forEachWord(of: text) { part in
            switch part {
            case .token(let id): ids.append(id)
            case .word(let text, let range, let scratch):
                switch model {
                case .wordPiece(let model): model.append(text, range, to: &ids, &scratch.hashes)
                case .bytePairs(let model): model.append(text, range, to: &ids, &scratch.pairs)
                }
            }
            return ids.count <= limit
        }
        let isTruncated = ids.count > limit
        if isTruncated { ids.removeSubrange(limit...) }
        return TokenizedText(ids: ids + behind, isTruncated: isTruncated)
    }

    /// The words of a text as the model gets them; added tokens are left out.
    func words(of text: String) -> [String] {
        var words: [String] = []
        forEachWord(of: text) { part in
            if case .word(let text, let range, _) = part {
                words.append(String(decoding: text[range], as: UTF8.self))
            }
            return true
        }
        return words
    }

    /// Memory of one call.
    private final class Scratch {
        var hashes: [UInt64] = []
        var pairs = BytePairs.Scratch()
    }

    private enum Part {
        case token(Int)
        case word([UInt8], Range<Int>, Scratch)
    }

    /// Calls `body` with added tokens and words, from left to right, until it returns false.
    private func forEachWord(of text: String, _ body: (Part) -> Bool) {
        let bytes = Array(text.utf8)
        let scratch = Scratch()
        added.forEachPart(of: bytes) { part in
            guard case .text(let range) = part else { return forward(part, body) }
            let isWhole = range.count == bytes.count
            let normalised = normaliser(isWhole ? bytes : Array(bytes[range]))
            var goesOn = true
            normalisedAdded.forEachPart(of: normalised) { part in
                guard case .text(let range) = part else {
                    goesOn = forward(part, body)
                    return goesOn
                }
                let isWhole = range.count == normalised.count
                var words = isWhole ? normalised : Array(normalised[range])
                splitter.forEachWord(of: &words) { text, word in
                    goesOn = body(.word(text, word, scratch))
                    return goesOn
                }
                return goesOn
            }
            return goesOn
        }
    }

    private func forward(_ part: AddedTokens.Part, _ body: (Part) -> Bool) -> Bool {
        guard case .token(let id) = part else { return true }
        return body(.token(id))
    }
}
