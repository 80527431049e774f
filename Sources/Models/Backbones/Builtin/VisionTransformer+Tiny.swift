import Neural
import Tensors

extension VisionTransformer {
    /// The small Vision Transformer that needs no download: `builtin:tiny`.
    ///
    /// Two million parameters, pretrained by `make pretrain` on generated pictures and spectrograms;
    /// `tools/study/pretraining.log` tells how, and what it knows. It saw pictures of 96 × 96 and
    /// spectrograms of the front end `ast`, in windows of one second.
    ///
    /// - Parameter compute: The number type to multiply in.
    /// - Returns: The backbone, packed for this processor.
    /// - Throws: ``BackboneError`` if its products cannot be packed.
    static func tiny(_ compute: ComputeType) throws(BackboneError) -> VisionTransformer {
        let shape = Configuration(
            inputHeight: 96, inputWidth: 96, patches: PatchGeometry(side: 16), resizing: .bicubic,
            width: 160, hiddenWidth: 640, depth: 6, heads: 5, activation: .gelu, epsilon: 1e-6,
            pixels: PixelNormalisation(), spectrograms: .asPicture)
        let weights = EmbeddedWeights.tiny, c = shape.width
        var tensors = try CheckpointTensors(
            [weights.tensors()], map: [:], compute: compute, path: weights.name)
        let positions = try tensors.takePositions("pos_embed", specials: 1, shape)
        let embedding = Embedding(
            patches: try tensors.takePatchEmbedding("patch_embed.proj", shape),
            specials: try tensors.takeTokens("cls_token", width: c),
            specialPositions: positions.specials, positions: positions.grid, classRow: 0)
        var blocks: [EncoderBlock] = []
        for number in 0..<shape.depth {
            blocks.append(
                try tensors.takeBlock(
                    .timm("blocks.\(number)", isScaled: false), shape, hasBias: true))
        }
        let norm = try tensors.takeNorm("norm", width: c, epsilon: shape.epsilon)
        try tensors.finish(ignoring: [])
        return VisionTransformer(shape, embedding, blocks: blocks, finalNorm: norm)
    }
}
