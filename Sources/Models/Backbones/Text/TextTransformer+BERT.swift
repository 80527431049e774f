import Neural
import Tensors

extension BackboneFamily {
    /// BERT and what has its form, such as MiniLM.
    static let bert = BackboneFamily(name: "bert", modelTypes: ["bert"], timmPrefixes: []) {
        folder, _ throws(BackboneError) in
        try TextTransformer(bert: folder, prefix: "bert.", padding: nil)
    }

    /// RoBERTa, whose positions begin behind that of padding.
    static let roberta = BackboneFamily(
        name: "roberta", modelTypes: ["roberta"], timmPrefixes: []
    ) { folder, _ throws(BackboneError) in
        let padding: Int = try folder.configuration.value("pad_token_id") ?? 1
        guard 0..<(1 << 20) ~= padding else {
            throw folder.configuration.error("'pad_token_id' is \(padding)")
        }
        return try TextTransformer(bert: folder, prefix: "roberta.", padding: padding)
    }
}

extension TextTransformer {
    /// Loads a checkpoint in the naming of transformers' `BertModel`, or of a model with one inside.
    ///
    /// - Parameters:
    ///   - folder: The checkpoint.
    ///   - prefix: What the names begin with in a model that has it inside.
    ///   - padding: See `Configuration`.
    /// - Throws: ``BackboneError`` that names the key or tensor which is missing or not supported.
    convenience init(
        bert folder: CheckpointFolder, prefix: String, padding: Int?
    ) throws(BackboneError) {
        let config = folder.configuration
        // What leaves no trace among the tensors, or would need more than a text.
        try config.expect("position_embedding_type", oneOf: ["absolute"], orElse: "absolute")
        try config.expect("is_decoder", oneOf: [false], orElse: false)
        let shape = try Configuration(
            config,
            defaults: padding == nil ? Configuration.bertDefaults : Configuration.robertaDefaults,
            folder, padding: padding,
            norms: .after, classToken: .first)
        let c = shape.width

        var tensors = try folder.tensors()
        if tensors.has("\(prefix)embeddings.word_embeddings.weight") { tensors.prefix = prefix }
        let types = try tensors.take(
            "embeddings.token_type_embeddings.weight",
            shape: [try config.count("type_vocab_size", orElse: 2), c])
        var positions = try tensors.take(
            "embeddings.position_embeddings.weight", shape: [shape.positions, c])
        for i in positions.elements.indices { positions.elements[i] += types.elements[i % c] }
        let embedding = TextEmbedding(
            words: try tensors.take(
                "embeddings.word_embeddings.weight", shape: [shape.vocabularySize, c]),
            positions: positions, padding: padding,
            norm: try tensors.takeBertNorm("embeddings.LayerNorm", shape))
        var blocks: [EncoderBlock] = []
        for number in 0..<shape.depth {
            let name = "encoder.layer.\(number)"
            blocks.append(
                EncoderBlock(
                    norm1: try tensors.takeBertNorm("\(name).attention.output.LayerNorm", shape),
                    qkv: try tensors.takeStacked(
                        ["query", "key", "value"].map { "\(name).attention.self.\($0)" }, width: c),
                    projection: try tensors.takeLinear(
                        "\(name).attention.output.dense", inputs: c, outputs: c),
                    norm2: try tensors.takeBertNorm("\(name).output.LayerNorm", shape),
                    feedForward: FeedForward(
                        expansion: try tensors.takeLinear(
                            "\(name).intermediate.dense", inputs: c, outputs: shape.hiddenWidth,
                            activation: shape.activation.ofProduct),
                        contraction: try tensors.takeLinear(
                            "\(name).output.dense", inputs: shape.hiddenWidth, outputs: c))))
        }
        let ignored = ["pooler.", "embeddings.position_ids"]
        try tensors.finish(
            ignoring: ignored + ignored.map { prefix + $0 } + ["cls.", "lm_head.", "classifier."])
        self.init(shape, embedding: embedding, blocks: blocks, finalNorm: nil)
    }
}

extension CheckpointTensors {
    /// A norm, whose parameters the first checkpoints call `gamma` and `beta`.
    fileprivate mutating func takeBertNorm(
        _ name: String, _ shape: TextTransformer.Configuration
    ) throws(BackboneError) -> FrozenLayerNorm {
        guard has("\(name).gamma") else {
            return try takeNorm(name, width: shape.width, epsilon: shape.epsilon)
        }
        return FrozenLayerNorm(
            weight: try take("\(name).gamma", shape: [shape.width]),
            bias: try take("\(name).beta", shape: [shape.width]), epsilon: shape.epsilon)
    }

    /// Several maps of one width side by side, packed as one.
    mutating func takeStacked(
        _ names: [String], width: Int
    ) throws(BackboneError) -> FrozenLinear {
        var weights: [Float] = [], biases: [Float] = []
        for name in names {
            weights += try take("\(name).weight", shape: [width, width]).elements
            biases += try take("\(name).bias", shape: [width]).elements
        }
        return try pack(
            names[0], weight: Tensor(weights, shape: [names.count * width, width]),
            bias: Tensor(biases, shape: [names.count * width]))
    }
}
