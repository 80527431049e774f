import Neural
import Tensors

extension BackboneFamily {
    /// Transformers' SigLIP, and its vision tower alone.
    static let siglipVision = BackboneFamily(
        name: "siglip-vision", modelTypes: ["siglip", "siglip_vision_model"], timmPrefixes: []
    ) { folder, _ throws(BackboneError) in try VisionTransformer(siglip: folder) }
}

extension VisionTransformer {
    /// Loads the vision tower of a transformers' SigLIP, alone or beside the other tower.
    ///
    /// It has no class token: a head pools the last states, which is not a part of them.
    ///
    /// Source: Zhai et al., *Sigmoid Loss for Language Image Pre-Training*, 2023
    /// (arXiv:2303.15343).
    convenience init(siglip folder: CheckpointFolder) throws(BackboneError) {
        let shape = try Configuration(
            huggingFace: folder.visionTower(),
            .init(
                imageSize: 224, patchSize: 16, width: 768, hiddenWidth: 3072, depth: 12, heads: 12,
                activation: "gelu_pytorch_tanh", epsilon: 1e-6), pixels: folder.pixels())
        var tensors = try folder.tensors()
        tensors.enter("vision_model.")
        let positions = try tensors.takePositions(
            "embeddings.position_embedding.weight", specials: 0, shape, isEmbedding: true)
        let embedding = Embedding(
            patches: try tensors.takePatchEmbedding("embeddings.patch_embedding", shape),
            specials: Tensor(shape: [0, shape.width]), specialPositions: positions.specials,
            positions: positions.grid)
        try self.init(tower: tensors, shape, embedding)
    }
}
