import Neural
import Tensors

extension BackboneFamily {
    /// The text tower of CLIP, alone or beside the other one.
    static let clipText = BackboneFamily(
        name: "clip-text", modelTypes: ["clip", "clip_text_model"], timmPrefixes: [],
        kinds: [.texts]
    ) { folder, _ throws(BackboneError) in
        try TextTransformer(clip: folder)
    }
}

extension TextTransformer {
    /// Loads a checkpoint in the naming of transformers' `CLIPTextModel`, or of a `CLIPModel`.
    convenience init(clip folder: CheckpointFolder) throws(BackboneError) {
        let type: String = try folder.configuration.require("model_type")
        var config = folder.configuration
        if type == "clip" {
            guard let section = try config.tower("text_config") else {
                throw config.error("it has no valid 'text_config'")
            }
            config = section
        }
        let end: Int = try config.value("eos_token_id") ?? 49407
        let shape = try Configuration(
            config, defaults: Configuration.clipDefaults, folder, padding: nil, norms: .before,
            // Transformers looks for the greatest number where the end is 2, which published
            // configurations say in error.
            classToken: end == 2 ? .greatest : .firstOf(end))
        let c = shape.width

        var tensors = try folder.tensors()
        let isInside = tensors.has("text_model.embeddings.token_embedding.weight")
        tensors.prefix = isInside ? "text_model." : ""
        let embedding = TextEmbedding(
            words: try tensors.take(
                "embeddings.token_embedding.weight", shape: [shape.vocabularySize, c]),
            positions: try tensors.take(
                "embeddings.position_embedding.weight", shape: [shape.positions, c]),
            padding: nil, norm: nil)
        var blocks: [EncoderBlock] = []
        for number in 0..<shape.depth {
            let name = "encoder.layers.\(number)"
            blocks.append(
                EncoderBlock(
                    norm1: try tensors.takeNorm(
                        "\(name).layer_norm1", width: c, epsilon: shape.epsilon),
                    qkv: try tensors.takeStacked(
                        ["q", "k", "v"].map { "\(name).self_attn.\($0)_proj" }, width: c),
                    projection: try tensors.takeLinear(
                        "\(name).self_attn.out_proj", inputs: c, outputs: c),
                    norm2: try tensors.takeNorm(
                        "\(name).layer_norm2", width: c, epsilon: shape.epsilon),
                    feedForward: FeedForward(
                        expansion: try tensors.takeLinear(
                            "\(name).mlp.fc1", inputs: c, outputs: shape.hiddenWidth,
                            activation: shape.activation.ofProduct),
                        contraction: try tensors.takeLinear(
                            "\(name).mlp.fc2", inputs: shape.hiddenWidth, outputs: c))))
        }
        let norm = try tensors.takeNorm("final_layer_norm", width: c, epsilon: shape.epsilon)
        try tensors.finish(ignoring: [
            "\(tensors.prefix)embeddings.position_ids", "text_projection.", "vision_model.",
            "visual_projection.", "logit_scale",
        ])
        self.init(shape, embedding: embedding, blocks: blocks, finalNorm: norm)
    }
}
