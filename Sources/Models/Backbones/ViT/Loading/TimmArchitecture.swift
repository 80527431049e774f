/// What the name of a Vision Transformer of timm says, such as `vit_base_patch16_clip_224`.
struct TimmArchitecture {
    var width: Int
    var depth: Int
    var heads: Int
    var hiddenRatio: Double
    let patchSize: Int

    /// Whether there is a distillation token beside the class token, as in DeiT.
    let isDistilled: Bool

    var hasClassToken: Bool
    var registers: Int

    /// Whether a norm precedes block 0 and patches have no bias, as in CLIP.
    var hasEntryNorm: Bool

    var activation: VisionTransformer.Activation
    let epsilon: Float

    /// Whether input and special tokens are those of the first ViT, of which it is known how it
    /// takes spectrograms.
    var isOriginal: Bool { hasClassToken && registers == 0 && !isDistilled && !hasEntryNorm }

    private typealias Size = (width: Int, depth: Int, heads: Int, ratio: Double)

    /// Sizes by name; some names mean another size together with the word after the colon.
    private static let sizes: [String: Size] = [
        "tiny": (192, 12, 3, 4), "wee": (256, 14, 4, 5), "xsmall": (256, 10, 4, 4),
        "little": (320, 14, 5, 5.6), "small": (384, 12, 6, 4), "medium": (512, 12, 8, 4),
        "mediumd": (512, 20, 8, 4), "betwixt": (640, 12, 10, 4), "base": (768, 12, 12, 4),
        "base:plus": (896, 12, 14, 4), "so150m": (896, 18, 14, 2.572),
        "so150m2": (832, 21, 13, 34.0 / 13), "large": (1024, 24, 16, 4),
        "so400m": (1152, 27, 16, 3.7362), "huge": (1280, 32, 16, 4),
        "giant": (1408, 40, 16, 48.0 / 11), "giant:dinov2": (1536, 40, 24, 5.33334),
        "giantopt": (1536, 40, 16, 4), "gigantic": (1664, 48, 16, 64.0 / 13),
    ]

    /// What may follow the patch size, beside a picture size: the rest is in tensors.
    private static let words: Set<Substring> = [
        "clip", "quickgelu", "siglip", "gap", "map", "dinov2", "reg1", "reg4", "miil", "plus",
    ]

    /// Reads a name; nil if it is not that of a plain Vision Transformer which is known.
    init?(_ name: String) {
        var parts = name.split(separator: "_")[...]
        guard
            let family = parts.popFirst(), ["vit", "deit", "deit3"].contains(family),
            let size = parts.popFirst()
        else { return nil }
        isDistilled = family == "deit" && parts.first == "distilled"
        if isDistilled { parts.removeFirst() }
        guard
            let patch = parts.popFirst(), patch.hasPrefix("patch"),
            let side = Int(patch.dropFirst(5)),
            parts.allSatisfy({ Self.words.contains($0) || Int($0) != nil })
        else { return nil }
        let words = Set(parts)
        let special = words.map { "\(size):\($0)" }.first { Self.sizes[$0] != nil }
        guard let found = Self.sizes[special ?? String(size)] else { return nil }
        (width, depth, heads, hiddenRatio) = found
        patchSize = side
        if name == "vit_base_patch16_gap_224" { heads = 16 }

        hasClassToken = words.isDisjoint(with: ["gap", "map", "siglip"])
        registers = words.contains("reg1") ? 1 : words.contains("reg4") ? 4 : 0
        hasEntryNorm = words.contains("clip")
        epsilon = words.contains("clip") ? 1e-5 : 1e-6
        activation = Self.activation(name, words)
    }

    private static func activation(
        _ name: String, _ words: Set<Substring>
    ) -> VisionTransformer.Activation {
        let tanh = [
            "vit_base_patch32_siglip", "vit_so400m_patch16_siglip", "vit_giantopt_patch16_siglip",
        ]
        if tanh.contains(where: { name.hasPrefix($0) }) { return .geluTanh }
        if name.hasPrefix("vit_large_patch16_siglip"), words.contains("512") { return .geluTanh }
        if name.hasPrefix("vit_giant"), words.contains("dinov2") { return .gatedSiLU }
        return words.contains("quickgelu") ? .quickGELU : .gelu
    }

    /// What `act_layer` may be.
    static let activations: [String: VisionTransformer.Activation] = [
        "gelu": .gelu, "gelu_tanh": .geluTanh, "quick_gelu": .quickGELU,
    ]

    /// Keys of `model_args` that are read, and those that tensors tell or states do not need.
    static let arguments: Set<String> = [
        "img_size", "patch_size", "embed_dim", "depth", "num_heads", "mlp_ratio", "class_token",
        "reg_tokens", "pre_norm", "act_layer", "norm_layer", "in_chans",
    ]
    static let neutral: Set<String> = [
        "num_classes", "global_pool", "qkv_bias", "init_values", "no_embed_class", "fc_norm",
        "dynamic_img_size", "pool_include_prefix", "weight_init", "fix_init", "drop_rate",
        "pos_drop_rate", "patch_drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate",
    ]
}
