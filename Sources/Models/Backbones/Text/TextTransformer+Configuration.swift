extension TextTransformer.Configuration {
    /// What a `config.json` need not say.
    struct Defaults {
        var width: Int
        var hiddenWidth: Int
        var depth: Int
        var heads: Int
        var epsilon: Float
        var activation: TextTransformer.Activation
        var vocabularySize: Int
        var positions: Int
    }

    static let bertDefaults = Defaults(
        width: 768, hiddenWidth: 3072, depth: 12, heads: 12, epsilon: 1e-12, activation: .gelu,
        vocabularySize: 30522, positions: 512)

    static let robertaDefaults = Defaults(
        width: 768, hiddenWidth: 3072, depth: 12, heads: 12, epsilon: 1e-12, activation: .gelu,
        vocabularySize: 50265, positions: 512)

    static let clipDefaults = Defaults(
        width: 512, hiddenWidth: 2048, depth: 12, heads: 8, epsilon: 1e-5, activation: .quickGELU,
        vocabularySize: 49408, positions: 77)

    /// The shape of an encoder of transformers.
    ///
    /// - Parameters:
    ///   - config: Its `config.json`, or the part of it that is about texts.
    ///   - defaults: The values of keys that are absent.
    ///   - folder: For the lengths that its tokenizer's files say.
    ///   - padding: The token whose position comes before those of a text.
    ///   - norms: Where the blocks have their norms; those after attend in both directions.
    ///   - classToken: Which token stands for a text.
    /// - Throws: ``BackboneError`` that names the key which is not supported.
    init(
        _ config: CheckpointConfiguration, defaults: Defaults, _ folder: CheckpointFolder,
        padding: Int?, norms: EncoderBlock.NormPlacement, classToken: TextTransformer.ClassToken
    ) throws(BackboneError) {
        let name: String = try config.value("hidden_act") ?? defaults.activation.rawValue
        let known = TextTransformer.Activation.allCases.map(\.rawValue)
        guard let activation = TextTransformer.Activation(rawValue: name) else {
            throw config.error(
                "'hidden_act' is \(name) (supported: \(known.joined(separator: ", ")))")
        }
        self.activation = activation
        width = try config.count("hidden_size", orElse: defaults.width)
        hiddenWidth = try config.count("intermediate_size", orElse: defaults.hiddenWidth)
        depth = try config.count("num_hidden_layers", orElse: defaults.depth)
        heads = try config.count("num_attention_heads", orElse: defaults.heads)
        epsilon = try config.epsilon(orElse: defaults.epsilon)
        vocabularySize = try config.count("vocab_size", orElse: defaults.vocabularySize)
        positions = try config.count("max_position_embeddings", orElse: defaults.positions)
        self.padding = padding
        self.norms = norms
        isCausal = norms == .before
        self.classToken = classToken
        guard width.isMultiple(of: heads) else {
            throw config.error("'hidden_size' \(width) is no multiple of \(heads) heads")
        }
        let read = positions - (padding.map { $0 + 1 } ?? 0)
        maximumTokens = min(read, try folder.maximumTokens() ?? read)
        // Two special tokens and one of the text.
        guard maximumTokens >= 3 else {
            throw config.error("'max_position_embeddings' is \(positions), too few for a text")
        }
    }
}

extension CheckpointFolder {
    /// The length that the tokenizer's files give texts; nil if they leave it open.
    fileprivate func maximumTokens() throws(BackboneError) -> Int? {
        var lengths: [Int] = []
        for (name, key) in [
            ("tokenizer_config.json", "model_max_length"),
            ("sentence_bert_config.json", "max_seq_length"),
        ] {
            // Where there is no limit, a number is written that no Int holds.
            guard let file = try CheckpointConfiguration(name, in: path),
                let length: Double = try file.value(key), length < 1_000_000
            else { continue }
            guard length >= 3 else { throw file.error("'\(key)' is \(length)") }
            lengths.append(Int(length))
        }
        return lengths.min()
    }
}

extension TextTransformer {
    /// The tokenizer that lies beside the weights.
    ///
    /// - Throws: ``BackboneError`` if it is missing or has tokens without an embedding.
    func tokenizer(in folder: CheckpointFolder) throws(BackboneError) -> any Tokenizer {
        let tokenizer = try TokenizerCatalog.load(folder: folder.path)
        guard tokenizer.vocabularySize <= shape.vocabularySize else {
            throw BackboneError(
                "load tokenizer \(folder.path)",
                "it has a token of number \(tokenizer.vocabularySize - 1), and the backbone "
                    + "embeddings for \(shape.vocabularySize)")
        }
        guard tokenizer.specialTokens < shape.maximumTokens else {
            throw BackboneError(
                "load tokenizer \(folder.path)",
                "it adds \(tokenizer.specialTokens) special tokens to a text, and the backbone reads "
                    + "\(shape.maximumTokens)")
        }
        return tokenizer
    }
}
