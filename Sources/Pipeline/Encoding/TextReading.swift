public import Models
public import Storage

/// How a backbone reads texts.
public struct TextReading: Sendable {
    /// Hash of all that determines the tokens of a text.
    let identity: @Sendable () throws(StorageError) -> String

    /// The most tokens that the backbone reads, special ones included.
    let maximum: Int

    let tokenize: @Sendable (String) -> TokenizedText

    public init(
        identity: @escaping @Sendable () throws(StorageError) -> String, maximum: Int,
        tokenize: @escaping @Sendable (String) -> TokenizedText
    ) {
        self.identity = identity
        self.maximum = maximum
        self.tokenize = tokenize
    }
}

extension TextReading {
    /// How a backbone reads texts; nil if it reads something else.
    init?(_ backbone: Backbone) {
        guard let tokenizer = backbone.tokenizer, let maximum = backbone.maximumTokens else {
            return nil
        }
        self.init(
            identity: { () throws(StorageError) in
                var hashes: [String] = []
                for file in tokenizer.files {
                    hashes.append(XXH3.hexadecimal(try XXH3.hash(fileAt: file)))
                }
                return hashes.joined(separator: "+")
            }, maximum: maximum,
            tokenize: { tokenizer.tokenize($0, maximum: maximum) })
    }
}
