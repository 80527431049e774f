/// A map from texts to numbers of tokens, the same as that of the library which trained the model.
public protocol Tokenizer: Sendable {
    /// The files that it was read from, for their hashes.
    var files: [String] { get }

    /// One more than the greatest number of a token.
    var vocabularySize: Int { get }

    /// How many special tokens are added to each text.
    var specialTokens: Int { get }

    /// Splits a text into tokens, special ones included.
    ///
    /// - Parameters:
    ///   - text: Any text, of any length.
    ///   - maximum: The most tokens to give; of a longer text those at its end are left out, and the special
    ///     ones are kept.
    /// - Returns: The numbers of its tokens, without padding.
    func tokenize(_ text: String, maximum: Int) -> TokenizedText
}
