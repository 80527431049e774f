import Neural
import Tensors

extension VisionTransformer {
    /// Loads a checkpoint in the naming of Hugging Face's `ViTModel`, or of a model with one inside.
    convenience init(
        huggingFace tensors: consuming CheckpointTensors, _ configuration: Configuration
    ) throws(BackboneError) {
        if tensors.has("vit.embeddings.cls_token") { tensors.prefix = "vit." }
        let c = configuration.width, epsilon = configuration.epsilon

        let embedding = try tensors.takePatchEmbedding(
            "embeddings.patch_embeddings.projection", configuration)
        let classToken = try tensors.take("embeddings.cls_token", shape: [1, 1, c])
        let positions = try tensors.takePositions("embeddings.position_embeddings", configuration)
        var blocks: [EncoderBlock] = []
        for number in 0..<configuration.depth {
            let name = "encoder.layer.\(number)"
            var weights: [Float] = [], biases: [Float] = []
            for part in ["query", "key", "value"] {
                let part = "\(name).attention.attention.\(part)"
                weights += try tensors.take("\(part).weight", shape: [c, c]).elements
                biases += try tensors.take("\(part).bias", shape: [c]).elements
            }
            blocks.append(
                EncoderBlock(
                    norm1: try tensors.takeNorm(
                        "\(name).layernorm_before", width: c, epsilon: epsilon),
                    qkv: try tensors.pack(
                        "\(name).attention.attention", weight: Tensor(weights, shape: [3 * c, c]),
                        bias: Tensor(biases, shape: [3 * c])),
                    projection: try tensors.takeLinear(
                        "\(name).attention.output.dense", inputs: c, outputs: c),
                    norm2: try tensors.takeNorm(
                        "\(name).layernorm_after", width: c, epsilon: epsilon),
                    feedForward: FeedForward(
                        expansion: try tensors.takeLinear(
                            "\(name).intermediate.dense", inputs: c,
                            outputs: configuration.hiddenWidth, activation: .gelu),
                        contraction: try tensors.takeLinear(
                            "\(name).output.dense", inputs: configuration.hiddenWidth, outputs: c)))
            )
        }
        let norm = try tensors.takeNorm("layernorm", width: c, epsilon: epsilon)
        try tensors.finish(ignoring: ["pooler.", "vit.pooler.", "classifier."])
        self.init(
            configuration, patchEmbedding: embedding,
            classToken: Tensor(classToken, shape: [1, c]),
            positions: positions, blocks: blocks, finalNorm: norm)
    }
}
