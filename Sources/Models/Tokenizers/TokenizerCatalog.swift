/// The tokenizers that avprep loads.
public enum TokenizerCatalog {
    /// Loads the tokenizer of a published checkpoint.
    ///
    /// - Parameter folder: A folder with `tokenizer.json`, with `vocab.txt` (BERT), or with `vocab.json`
    ///   and `merges.txt` (RoBERTa and CLIP), and with `tokenizer_config.json` where a published default is
    ///   not meant.
    /// - Returns: The tokenizer, which gives the tokens that the reference library gives.
    /// - Throws: ``BackboneError`` that names the file, and what in it is missing or unknown.
    public static func load(folder: String) throws(BackboneError) -> any Tokenizer {
        try loadSubwords(folder)
    }

    static func loadSubwords(_ path: String) throws(BackboneError) -> SubwordTokenizer {
        let folder = try TokenizerFolder(path)
        if let file = try TokenizerFile("tokenizer.json", in: path) {
            return try TokenizerJSON(file: file, folder: folder).tokenizer()
        }
        if folder.has("vocab.txt") { return try folder.bert() }
        guard folder.has("vocab.json"), folder.has("merges.txt") else {
            throw BackboneError(
                "load tokenizer \(path)",
                "it has no tokenizer.json, no vocab.txt, and no vocab.json with merges.txt",
                .missing)
        }
        return try folder.bytePairs()
    }
}
