import Neural
import Tensors

extension BackboneFamily {
    /// Transformers' ViT, and timm's plain Vision Transformers with their variants.
    static let visionTransformer = BackboneFamily(
        name: "vit", modelTypes: ["vit"], timmPrefixes: ["vit_", "deit_", "deit3_"]
    ) { folder, _ throws(BackboneError) in
        if folder.configuration.has("architecture") { return try VisionTransformer(timm: folder) }
        return try VisionTransformer(
            bert: folder, prefix: "vit.", tokens: ["cls_token"], readsSpectrograms: true)
    }

    /// Transformers' DeiT, with a distillation token.
    static let deit = BackboneFamily(
        name: "deit", modelTypes: ["deit"], timmPrefixes: []
    ) { folder, _ throws(BackboneError) in
        try VisionTransformer(
            bert: folder, prefix: "deit.", tokens: ["cls_token", "distillation_token"],
            readsSpectrograms: false)
    }
}

extension VisionTransformer {
    /// Loads a checkpoint of transformers whose blocks are named like BERT's.
    ///
    /// - Parameters:
    ///   - folder: That of the checkpoint.
    ///   - prefix: What names begin with if the model is inside another.
    ///   - tokens: The special tokens, all of which have positions.
    ///   - readsSpectrograms: Whether it is known how it takes spectrograms.
    /// - Throws: ``BackboneError`` that names the key or tensor which is wrong.
    convenience init(
        bert folder: CheckpointFolder, prefix: String, tokens: [String], readsSpectrograms: Bool
    ) throws(BackboneError) {
        var shape = try Configuration(
            huggingFace: folder.configuration, .init(epsilon: 1e-12), pixels: folder.pixels())
        if readsSpectrograms { shape.spectrograms = .asPicture }
        try self.init(bert: folder, shape, prefix: prefix, tokens: tokens)
    }

    /// The same, of a known shape.
    convenience init(
        bert folder: CheckpointFolder, _ shape: Configuration, prefix: String, tokens: [String]
    ) throws(BackboneError) {
        let hasBias: Bool = try folder.configuration.value("qkv_bias") ?? true
        var tensors = try folder.tensors()
        tensors.enter(prefix)

        var specials: [Tensor] = []
        for token in tokens {
            specials.append(try tensors.takeTokens("embeddings.\(token)", width: shape.width))
        }
        let positions = try tensors.takePositions(
            "embeddings.position_embeddings", specials: tokens.count, shape)
        let embedding = Embedding(
            patches: try tensors.takePatchEmbedding(
                "embeddings.patch_embeddings.projection", shape),
            specials: .rows(specials), specialPositions: positions.specials,
            positions: positions.grid, classRow: 0)
        var blocks: [EncoderBlock] = []
        for number in 0..<shape.depth {
            blocks.append(
                try tensors.takeBlock(.bert("encoder.layer.\(number)"), shape, hasBias: hasBias))
        }
        let norm = try tensors.takeNorm("layernorm", width: shape.width, epsilon: shape.epsilon)
        try tensors.finish(ignoring: [
            "pooler.", "\(prefix)pooler.", "classifier.", "cls_classifier.",
            "distillation_classifier.", "embeddings.mask_token", "\(prefix)embeddings.mask_token",
        ])
        self.init(shape, embedding, blocks: blocks, finalNorm: norm)
    }
}
