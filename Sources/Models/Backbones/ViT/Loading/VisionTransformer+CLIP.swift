import Neural
import Tensors

extension BackboneFamily {
    /// Transformers' CLIP, and its vision tower alone.
    static let clipVision = BackboneFamily(
        name: "clip-vision", modelTypes: ["clip", "clip_vision_model"], timmPrefixes: []
    ) { folder, _ throws(BackboneError) in try VisionTransformer(clip: folder) }
}

extension VisionTransformer {
    /// Loads the vision tower of a transformers' CLIP, alone or beside the other tower.
    ///
    /// The class token has no axis but its width, patches have no bias, and a norm precedes block
    /// 0, whose input is what it gives.
    ///
    /// Source: Radford et al., *Learning Transferable Visual Models From Natural Language
    /// Supervision*, 2021 (arXiv:2103.00020).
    convenience init(clip folder: CheckpointFolder) throws(BackboneError) {
        let shape = try Configuration(
            huggingFace: folder.visionTower(),
            .init(
                imageSize: 224, patchSize: 32, width: 768, hiddenWidth: 3072, depth: 12, heads: 12,
                activation: "quick_gelu", epsilon: 1e-5), pixels: folder.pixels())
        var tensors = try folder.tensors()
        tensors.enter("vision_model.")
        let token = try tensors.take("embeddings.class_embedding", shape: [shape.width])
        let positions = try tensors.takePositions(
            "embeddings.position_embedding.weight", specials: 1, shape, isEmbedding: true)
        let embedding = Embedding(
            patches: try tensors.takePatchEmbedding(
                "embeddings.patch_embedding", shape, hasBias: false),
            specials: Tensor(token, shape: [1, shape.width]), specialPositions: positions.specials,
            positions: positions.grid,
            norm: try tensors.takeNorm("pre_layrnorm", width: shape.width, epsilon: shape.epsilon),
            classRow: 0)
        try self.init(tower: tensors, shape, embedding)
    }

    /// Loads the blocks of a vision tower, which SigLIP has in common with CLIP.
    convenience init(
        tower: consuming CheckpointTensors, _ shape: Configuration, _ embedding: Embedding
    ) throws(BackboneError) {
        var blocks: [EncoderBlock] = []
        for number in 0..<shape.depth {
            blocks.append(try tower.takeBlock(.clip("encoder.layers.\(number)"), shape))
        }
        let norm = try tower.takeNorm("post_layernorm", width: shape.width, epsilon: shape.epsilon)
        let own = ["embeddings.position_ids", "head."]
        try tower.finish(
            ignoring: own + own.map { "vision_model.\($0)" } + [
                "text_model.", "text_projection.", "visual_projection.", "logit_scale",
                "logit_bias", "classifier.",
            ])
        self.init(shape, embedding, blocks: blocks, finalNorm: norm)
    }
}

extension CheckpointConfiguration {
    /// The section of one of two towers; nil if there is none.
    ///
    /// Some files have it twice; transformers then takes the one whose name ends in `_dict`.
    func tower(_ key: String) throws(BackboneError) -> CheckpointConfiguration? {
        if let second = try section("\(key)_dict") { return second }
        return try section(key)
    }
}

extension CheckpointFolder {
    /// The keys of the vision tower: a section where there are two towers.
    func visionTower() throws(BackboneError) -> CheckpointConfiguration {
        let type: String = try configuration.require("model_type")
        if type.hasSuffix("_vision_model") { return configuration }
        guard let section = try configuration.tower("vision_config") else {
            throw configuration.error("it has no valid 'vision_config'")
        }
        return section
    }
}
