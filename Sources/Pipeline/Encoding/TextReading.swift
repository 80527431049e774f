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
