/// What a checkpoint calls the tensors of a pre-norm encoder block.
struct EncoderBlockNames {
    let norm1: String

    /// One map to queries, keys and values side by side, or one to each.
    let qkv: [String]

    let projection: String
    let norm2: String

    /// The feed-forward network's first layer; of a gated one, the gate's rows come first.
    let expansion: String
    let contraction: String

    /// Layer scales of attention and of the feed-forward network; none if the blocks have none.
    var scales: [String] = []

    /// Those of BERT, which transformers gives to ViT, DeiT and AST.
    static func bert(_ block: String) -> Self {
        Self(
            norm1: "\(block).layernorm_before",
            qkv: ["query", "key", "value"].map { "\(block).attention.attention.\($0)" },
            projection: "\(block).attention.output.dense", norm2: "\(block).layernorm_after",
            expansion: "\(block).intermediate.dense", contraction: "\(block).output.dense")
    }

    /// Those of transformers' DINOv2.
    static func dinov2(_ block: String, isGated: Bool) -> Self {
        Self(
            norm1: "\(block).norm1",
            qkv: ["query", "key", "value"].map { "\(block).attention.attention.\($0)" },
            projection: "\(block).attention.output.dense", norm2: "\(block).norm2",
            expansion: isGated ? "\(block).mlp.weights_in" : "\(block).mlp.fc1",
            contraction: isGated ? "\(block).mlp.weights_out" : "\(block).mlp.fc2",
            scales: ["\(block).layer_scale1.lambda1", "\(block).layer_scale2.lambda1"])
    }

    /// Those of transformers' CLIP, which SigLIP shares.
    static func clip(_ block: String) -> Self {
        Self(
            norm1: "\(block).layer_norm1",
            qkv: ["q", "k", "v"].map { "\(block).self_attn.\($0)_proj" },
            projection: "\(block).self_attn.out_proj", norm2: "\(block).layer_norm2",
            expansion: "\(block).mlp.fc1", contraction: "\(block).mlp.fc2")
    }

    /// Those of timm.
    static func timm(_ block: String, isScaled: Bool) -> Self {
        Self(
            norm1: "\(block).norm1", qkv: ["\(block).attn.qkv"], projection: "\(block).attn.proj",
            norm2: "\(block).norm2", expansion: "\(block).mlp.fc1",
            contraction: "\(block).mlp.fc2",
            scales: isScaled ? ["\(block).ls1.gamma", "\(block).ls2.gamma"] : [])
    }
}
