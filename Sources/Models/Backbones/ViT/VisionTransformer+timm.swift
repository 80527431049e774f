import Neural
import Tensors

extension VisionTransformer {
    /// Loads a checkpoint in the naming of timm's `VisionTransformer`.
    convenience init(timm tensors: consuming CheckpointTensors, _ configuration: Configuration)
        throws(BackboneError)
    {
        let c = configuration.width, epsilon = configuration.epsilon

        let embedding = try tensors.takePatchEmbedding("patch_embed.proj", configuration)
        let classToken = try tensors.take("cls_token", shape: [1, 1, c])
        let positions = try tensors.takePositions("pos_embed", configuration)
        var blocks: [EncoderBlock] = []
        for number in 0..<configuration.depth {
            let name = "blocks.\(number)"
            blocks.append(
                EncoderBlock(
                    norm1: try tensors.takeNorm("\(name).norm1", width: c, epsilon: epsilon),
                    qkv: try tensors.takeLinear("\(name).attn.qkv", inputs: c, outputs: 3 * c),
                    projection: try tensors.takeLinear("\(name).attn.proj", inputs: c, outputs: c),
                    norm2: try tensors.takeNorm("\(name).norm2", width: c, epsilon: epsilon),
                    feedForward: FeedForward(
                        expansion: try tensors.takeLinear(
                            "\(name).mlp.fc1", inputs: c, outputs: configuration.hiddenWidth,
                            activation: .gelu),
                        contraction: try tensors.takeLinear(
                            "\(name).mlp.fc2", inputs: configuration.hiddenWidth, outputs: c))))
        }
        let norm = try tensors.takeNorm("norm", width: c, epsilon: epsilon)
        try tensors.finish(ignoring: ["head.", "fc_norm."])
        self.init(
            configuration, patchEmbedding: embedding,
            classToken: Tensor(classToken, shape: [1, c]),
            positions: positions, blocks: blocks, finalNorm: norm)
    }
}

extension CheckpointTensors {
    /// The convolution that embeds patches, as the matrix product it is.
    mutating func takePatchEmbedding(
        _ name: String, _ configuration: VisionTransformer.Configuration
    ) throws(BackboneError) -> FrozenLinear {
        let c = configuration.width, side = configuration.patchSize
        let kernel = try take("\(name).weight", shape: [c, 3, side, side])
        return try pack(
            name, weight: Tensor(kernel.elements, shape: [c, 3 * side * side]),
            bias: take("\(name).bias", shape: [c]))
    }

    mutating func takePositions(
        _ name: String, _ configuration: VisionTransformer.Configuration
    ) throws(BackboneError) -> Tensor {
        let side = configuration.imageSize / configuration.patchSize
        let count = 1 + side * side
        return Tensor(
            try take(name, shape: [1, count, configuration.width]),
            shape: [count, configuration.width])
    }
}

extension Tensor {
    /// The same elements in another shape.
    init(_ other: Tensor, shape: [Int]) { self.init(other.elements, shape: shape) }
}
