/// What the tensors of a Swin Transformer are called.
struct SwinNames: Sendable {
    /// The convolution of the patches, the norm after it, and the final norm.
    var patches: String
    var patchNorm: String
    var finalNorm: String

    /// What precedes the number of a stage.
    var stages: String

    /// Whether a stage has the merging after its blocks; else that before them.
    var isMergingAfter: Bool

    /// Within a block.
    var norm1: String
    var attention: String
    var projection: String
    var norm2: String
    var expansion: String
    var contraction: String

    /// Swin V2's network of position biases, within the attention.
    var positions: String

    /// Whether queries, keys and values have one matrix.
    var isFused: Bool

    /// transformers' `SwinModel` and `Swinv2Model`.
    static let transformers = SwinNames(
        patches: "embeddings.patch_embeddings.projection", patchNorm: "embeddings.norm",
        finalNorm: "layernorm", stages: "encoder.layers", isMergingAfter: true,
        norm1: "layernorm_before", attention: "attention.self",
        projection: "attention.output.dense", norm2: "layernorm_after",
        expansion: "intermediate.dense", contraction: "output.dense",
        positions: "continuous_position_bias_mlp", isFused: false)

    /// transformers' `ClapAudioEncoder`.
    static let clap: SwinNames = {
        var names = transformers
        (names.patches, names.patchNorm) = ("patch_embed.proj", "patch_embed.norm")
        (names.finalNorm, names.stages) = ("norm", "layers")
        return names
    }()

    /// timm's `SwinTransformer` and `SwinTransformerV2`.
    static let timm = SwinNames(
        patches: "patch_embed.proj", patchNorm: "patch_embed.norm", finalNorm: "norm",
        stages: "layers", isMergingAfter: false, norm1: "norm1", attention: "attn",
        projection: "attn.proj", norm2: "norm2", expansion: "mlp.fc1", contraction: "mlp.fc2",
        positions: "cpb_mlp", isFused: true)

    /// Buffers that older versions of the libraries saved, though they follow from the configuration.
    func buffers(ofBlock block: String) -> [String] {
        ["\(block).attn_mask"]
            + ["relative_position_index", "relative_coords_table"].map {
                "\(block).\(attention).\($0)"
            }
    }
}
