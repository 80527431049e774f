import Neural
import Tensors

extension BackboneFamily {
    /// Transformers' DINOv2, with and without register tokens.
    static let dinov2 = BackboneFamily(
        name: "dinov2", modelTypes: ["dinov2", "dinov2_with_registers"], timmPrefixes: []
    ) { folder, _ throws(BackboneError) in try VisionTransformer(dinov2: folder) }
}

extension VisionTransformer {
    /// Loads a DINOv2 in the naming of transformers.
    ///
    /// Blocks have layer scales, which go into the weights; register tokens follow the class token
    /// and have no positions.
    ///
    /// Sources: Oquab et al., *DINOv2: Learning Robust Visual Features without Supervision*, 2023
    /// (arXiv:2304.07193); Darcet et al., *Vision Transformers Need Registers*, 2023
    /// (arXiv:2309.16588).
    convenience init(dinov2 folder: CheckpointFolder) throws(BackboneError) {
        let config = folder.configuration
        let type: String = try config.require("model_type"), hasRegisters = type != "dinov2"
        let registers = hasRegisters ? try config.count("num_register_tokens", orElse: 4) : 0
        let isGated: Bool = try config.value("use_swiglu_ffn") ?? false
        let hasBias: Bool = try config.value("qkv_bias") ?? true

        var hidden = Double(try config.count("hidden_size")) * (try config.value("mlp_ratio") ?? 4)
        if isGated { hidden = ((hidden.rounded(.down) * 2 / 3).rounded(.down) + 7) / 8 }
        guard 1...1e6 ~= hidden else { throw config.error("'mlp_ratio' is out of range") }
        var shape = try Configuration(
            huggingFace: config, .init(epsilon: 1e-6),
            hiddenWidth: isGated ? Int(hidden) * 8 : Int(hidden), pixels: folder.pixels())
        if isGated { shape.activation = .gatedSiLU }
        if hasRegisters { shape.resizing = .bicubicAntialiased }

        var tensors = try folder.tensors()
        let prefix = "\(type)."
        tensors.enter(prefix)
        let classToken = try tensors.takeTokens("embeddings.cls_token", width: shape.width)
        let registerTokens = try tensors.takeTokens(
            "embeddings.register_tokens", count: registers, width: shape.width)
        let positions = try tensors.takePositions(
            "embeddings.position_embeddings", specials: 1, shape)
        let embedding = Embedding(
            patches: try tensors.takePatchEmbedding(
                "embeddings.patch_embeddings.projection", shape),
            specials: .rows([classToken, registerTokens]),
            specialPositions: .rows([
                positions.specials, Tensor(shape: [registers, shape.width]),
            ]), positions: positions.grid, classRow: 0)
        var blocks: [EncoderBlock] = []
        for number in 0..<shape.depth {
            blocks.append(
                try tensors.takeBlock(
                    .dinov2("encoder.layer.\(number)", isGated: isGated), shape, hasBias: hasBias))
        }
        let norm = try tensors.takeNorm("layernorm", width: shape.width, epsilon: shape.epsilon)
        try tensors.finish(ignoring: [
            "embeddings.mask_token", "\(prefix)embeddings.mask_token", "classifier.",
        ])
        self.init(shape, embedding, blocks: blocks, finalNorm: norm)
    }
}
