import Neural
import Tensors

extension BackboneFamily {
    /// Plain Vision Transformers of transformers and timm.
    static let visionTransformer = BackboneFamily(
        name: "vit", modelTypes: ["vit"], timmPrefixes: ["vit_"]
    ) { folder, _ throws(BackboneError) in
        if folder.configuration.has("architecture") {
            return try VisionTransformer(
                timm: try folder.tensors(), try .init(timm: folder.configuration))
        }
        return try VisionTransformer(
            huggingFace: try folder.tensors(),
            try .init(huggingFace: folder.configuration, folder.preprocessor))
    }
}

extension VisionTransformer.Configuration {
    /// The shape of a Vision Transformer of transformers.
    ///
    /// - Throws: ``BackboneError`` that names the key which is missing or not supported.
    init(
        huggingFace config: CheckpointConfiguration, _ preprocessor: CheckpointConfiguration?
    ) throws(BackboneError) {
        try config.expect("hidden_act", oneOf: ["gelu"], orElse: "gelu")
        try config.expect("num_channels", oneOf: [3], orElse: 3)
        try config.expect("qkv_bias", oneOf: [true], orElse: true)
        imageSize = try config.count("image_size")
        patchSize = try config.count("patch_size")
        width = try config.count("hidden_size")
        hiddenWidth = try config.count("intermediate_size")
        depth = try config.count("num_hidden_layers")
        heads = try config.count("num_attention_heads")
        epsilon = try config.value("layer_norm_eps") ?? 1e-12
        pixels = try PixelNormalisation(preprocessor)
        try check(config)
    }

    /// Width, depth and heads of timm's plain Vision Transformers by the size in their names.
    private static let sizes: [String: (width: Int, depth: Int, heads: Int)] = [
        "tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12),
        "large": (1024, 24, 16), "huge": (1280, 32, 16),
    ]

    /// The shape of a Vision Transformer of timm, from names such as `vit_base_patch16_224`.
    init(timm config: CheckpointConfiguration) throws(BackboneError) {
        let name: String = try config.require("architecture")
        let parts = name.split(separator: "_")
        guard
            parts.count >= 3, parts[0] == "vit", let size = Self.sizes[String(parts[1])],
            parts[2].hasPrefix("patch"), let patch = Int(parts[2].dropFirst(5))
        else { throw config.error("its architecture '\(name)' is unknown") }
        let arguments = try config.section("model_args")
        let pretraining = try config.section("pretrained_cfg")
        // These leave no trace among the tensors.
        try arguments?.expect("act_layer", oneOf: ["gelu"], orElse: "gelu")
        try arguments?.expect("norm_layer", oneOf: ["layernorm"], orElse: "layernorm")
        let inputSize: [Int]? = try pretraining?.value("input_size")
        imageSize = try arguments?.side("img_size") ?? inputSize?.last ?? 224
        patchSize = try arguments?.side("patch_size") ?? patch
        width = try arguments?.count("embed_dim", orElse: size.width) ?? size.width
        depth = try arguments?.count("depth", orElse: size.depth) ?? size.depth
        heads = try arguments?.count("num_heads", orElse: size.heads) ?? size.heads
        let hiddenWidth = Double(width) * (try arguments?.value("mlp_ratio") ?? 4)
        guard 1...1e6 ~= hiddenWidth else {
            throw config.error("its configuration is not that of a ViT")
        }
        self.hiddenWidth = Int(hiddenWidth)
        epsilon = 1e-6
        pixels = try PixelNormalisation(timm: pretraining)
        try check(config)
    }

    /// Refuses numbers with which the model could not be built.
    private func check(_ config: CheckpointConfiguration) throws(BackboneError) {
        let positive = [patchSize, width, hiddenWidth, depth, heads]
        guard
            positive.allSatisfy({ 1...(1 << 16) ~= $0 }), patchSize <= imageSize,
            imageSize <= 1 << 14, width.isMultiple(of: heads)
        else { throw config.error("its configuration is not that of a ViT") }
    }
}

extension CheckpointConfiguration {
    /// A side of a picture or patch, given once or for height and width; nil if the key has no value.
    func side(_ key: String) throws(BackboneError) -> Int? {
        if let side: Int = try? value(key) { return side }
        guard let sides: [Int] = try value(key) else { return nil }
        guard let first = sides.first, sides.allSatisfy({ $0 == first }) else {
            throw error("'\(key)' is \(sides): pictures must be as high as wide")
        }
        return first
    }
}
