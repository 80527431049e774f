public import Datasets

/// What the rows of a feature stand for.
public enum RowKind: String, Sendable {
    case clips
    case texts

    /// That of a feature with a recipe.
    public init(of recipe: Recipe?) { self = recipe?["stream"] == "text" ? .texts : .clips }
}

/// A text of a data set, which several of its samples may have.
public struct KeyedText: Sendable, Equatable {
    /// Name of its row in features of texts: `text-` and the XXH3 of its UTF-8 bytes.
    public let key: String
    public let text: String

    /// Hash of the bytes.
    public let hash: UInt64

    public init(_ text: String) {
        self.text = text
        hash = XXH3.hash(Array(text.utf8))
        key = "text-\(XXH3.hexadecimal(hash))"
    }

    /// The texts of samples, each once, in their order.
    ///
    /// - Throws: ``StorageError`` if two texts have one key, in one of some 10¹⁰ sets of 40,000.
    public static func distinct(in samples: [Sample]) throws(StorageError) -> [KeyedText] {
        var texts: [KeyedText] = [], known: [String: String] = [:]
        for case let text? in samples.lazy.map(\.text) {
            let keyed = KeyedText(text)
            guard let other = known.updateValue(text, forKey: keyed.key) else {
                texts.append(keyed)
                continue
            }
            // By bytes: texts that only look alike are two for a tokenizer.
            guard Array(other.utf8) == Array(text.utf8) else {
                throw StorageError(
                    .failed, "tell the texts of the data set apart",
                    "'\(other)' and '\(text)' have one hash")
            }
        }
        return texts
    }
}

extension Cache {
    /// Names of the rows that a feature of this cache is to have, in order.
    public func keys(of kind: RowKind) throws(StorageError) -> [String] {
        switch kind {
        case .clips: try clips()
        case .texts: try KeyedText.distinct(in: samples()).map(\.key)
        }
    }
}
