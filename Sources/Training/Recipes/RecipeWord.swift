import Datasets
public import Neural

/// One of the words that a key of a recipe may have.
protocol RecipeWord: RawRepresentable, CaseIterable, Codable where RawValue == String {}

extension RecipeWord {
    /// Reads the word; the error names those that are known.
    public init(from decoder: any Decoder) throws {
        let word = try decoder.singleValueContainer().decode(String.self)
        guard let value = Self(rawValue: word) else {
            let known = Self.allCases.map(\.rawValue)
            let hint =
                Misspelling.nearest(to: word, in: known).map { "; did you mean '\($0)'?" } ?? ""
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "'\(word)' is unknown (known: "
                        + "\(known.joined(separator: ", ")))\(hint)"))
        }
        self = value
    }
}

extension ComputeType: RecipeWord {}
