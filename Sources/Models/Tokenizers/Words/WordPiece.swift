/// Words as the longest tokens that they are made of, from left to right.
///
/// A word that has too many characters, or a part that no token spells, is the unknown token.
///
/// Source: Wu et al., *Google's Neural Machine Translation System*, 2016 (arXiv:1609.08144), section 4.1;
/// longest match first as in Devlin et al., *BERT*, 2019 (arXiv:1810.04805).
struct WordPiece: Sendable {
    /// Tokens that begin a word, and those that continue one, without the prefix that marks them.
    let initial: Vocabulary
    let continuing: Vocabulary

    let unknown: Int
    let maximumCharacters: Int

    init(
        _ tokens: [(text: [UInt8], id: Int)], unknown: Int, continuingPrefix: [UInt8],
        maximumCharacters: Int
    ) {
        initial = Vocabulary(tokens)
        continuing = Vocabulary(
            tokens.filter { $0.text.starts(with: continuingPrefix) }
                .map { (Array($0.text.dropFirst(continuingPrefix.count)), $0.id) })
        self.unknown = unknown
        self.maximumCharacters = maximumCharacters
    }

    /// Appends the tokens of a word; `hashes` is memory to use again.
    func append(
        _ bytes: [UInt8], _ word: Range<Int>, to ids: inout [Int], _ hashes: inout [UInt64]
    ) {
        if word.count > maximumCharacters {
            let characters = word.count { bytes[$0] & 0xC0 != 0x80 }
            if characters > maximumCharacters {
                ids.append(unknown)
                return
            }
        }
        let before = ids.count
        var start = word.lowerBound
        while start < word.upperBound {
            let vocabulary = start == word.lowerBound ? initial : continuing
            guard let (id, end) = vocabulary.longestMatch(bytes, start..<word.upperBound, &hashes)
            else {
                ids.removeSubrange(before...)
                ids.append(unknown)
                return
            }
            ids.append(id)
            start = end
        }
    }
}

extension Vocabulary {
    /// The longest token, of whole characters, that a range of bytes begins with, and where it ends.
    fileprivate func longestMatch(
        _ bytes: [UInt8], _ range: Range<Int>, _ hashes: inout [UInt64]
    ) -> (id: Int, end: Int)? {
        hashes.removeAll(keepingCapacity: true)
        var hash = Self.seed
        for place in range.prefix(longest) {
            hash = Self.hash(hash, bytes[place])
            hashes.append(hash)
        }
        for count in stride(from: hashes.count, to: 0, by: -1) {
            let end = range.lowerBound + count
            if end < range.upperBound, bytes[end] & 0xC0 == 0x80 { continue }
            if let id = id(of: bytes, range.lowerBound..<end, hash: hashes[count - 1]) {
                return (id, end)
            }
        }
        return nil
    }
}
