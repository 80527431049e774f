import Datasets
import Models
import Storage

/// The distinct texts of a data set's samples, as tokens.
///
/// Rows are padded to the tokens of the longest text, so that a data set of short questions does not
/// take the room of its backbone's longest input.
struct TextSource: EncodingSource {
    let shape: EncodingShape

    /// Names of the rows, in the order of the samples.
    let keys: [String]

    /// Texts that have more tokens than the backbone reads, and lose the rest.
    let truncated: Int

    private let texts: [String: (hash: UInt64, tokens: TokenizedText)]

    /// Tokens of a row that are kept: all, or one.
    private let kept: Int

    /// Tokenizes texts.
    ///
    /// - Parameters:
    ///   - samples: Those of the data set.
    ///   - reading: How the backbone reads texts.
    ///   - tokens: Which tokens are kept.
    ///   - recipe: That of the feature as it is, if it exists: rows that need no more tokens than it
    ///     has are padded to as many, so that a data set may lose its longest text.
    ///   - operation: What is attempted.
    /// - Throws: ``StorageError`` of kind `missing` if there are no texts.
    init(
        _ samples: [Sample], _ reading: TextReading, keeping tokens: TokenSelection,
        like recipe: Recipe?, _ operation: String
    ) throws(StorageError) {
        let distinct = try KeyedText.distinct(in: samples)
        guard !distinct.isEmpty else {
            throw StorageError(.missing, operation, "no sample has a text")
        }
        var texts: [String: (hash: UInt64, tokens: TokenizedText)] = [:]
        var longest = 1, truncated = 0
        for text in distinct {
            let tokens = reading.tokenize(text.text)
            texts[text.key] = (text.hash, tokens)
            longest = max(longest, tokens.ids.count)
            if tokens.isTruncated { truncated += 1 }
        }
        if case .object(let input)? = recipe?["input"], case .number(let number)? = input["tokens"],
            Double(longest)...Double(max(longest, reading.maximum)) ~= number
        {
            longest = Int(number)
        }
        keys = distinct.map(\.key)
        self.texts = texts
        self.truncated = truncated
        kept = tokens == .cls ? 1 : longest
        shape = EncodingShape(
            identity: [
                "texts": "samples", "tokenizer": .string(try reading.identity()),
                "maximum": .number(Double(reading.maximum)), "tokens": .number(Double(longest)),
            ], segments: 1, size: .text(tokens: longest))
    }

    func contains(_ key: String) -> Bool { texts[key] != nil }

    func checksum(of key: String) -> UInt64? { texts[key]?.hash }

    func row(of key: String) -> EncodingRow {
        guard let tokens = texts[key]?.tokens else {
            preconditionFailure("text \(key) is planned without data")
        }
        return EncodingRow(
            times: [], valid: (0..<kept).map { $0 < tokens.ids.count }, inputs: [.text(tokens)])
    }

    func failures(of keys: [String]) -> [(feature: String, failure: ClipFailure)] { [] }

    /// A text as long as the middle one, for rehearsals.
    var typical: BackboneInput {
        let ordered = texts.values.map(\.tokens).sorted { $0.ids.count < $1.ids.count }
        return .text(ordered[ordered.count / 2])
    }
}
