import Neural
import Tensors

extension BackboneFamily {
    /// Swin Transformers of transformers and timm, both versions.
    static let swin = BackboneFamily(
        name: "swin", modelTypes: ["swin", "swinv2"], timmPrefixes: ["swin_", "swinv2_"]
    ) { folder, _ throws(BackboneError) in
        if folder.configuration.has("architecture") {
            return try SwinTransformer(timm: folder)
        }
        return try SwinTransformer(huggingFace: folder)
    }
}

extension SwinTransformer {
    /// Loads a checkpoint in the naming of transformers' `SwinModel` or `Swinv2Model`, or of a model
    /// with one inside.
    convenience init(huggingFace folder: CheckpointFolder) throws(BackboneError) {
        let shape = try Configuration(huggingFace: folder.configuration, folder.pixels())
        var tensors = try folder.tensors()
        let prefix = "\(shape.architecture.rawValue)."
        if tensors.has("\(prefix)layernorm.weight") { tensors.prefix = prefix }
        try self.init(
            tensors, shape, .transformers,
            hasBias: folder.configuration.value("qkv_bias") ?? true,
            ignoring: [
                "pooler.", "classifier.", "decoder.", "\(tensors.prefix)pooler.",
                "\(tensors.prefix)embeddings.mask_token",
            ])
    }
}

extension SwinTransformer.Configuration {
    /// The shape of a Swin Transformer of transformers.
    ///
    /// - Throws: ``BackboneError`` that names the key which is missing or not supported.
    init(
        huggingFace config: CheckpointConfiguration, _ pixels: PixelNormalisation
    ) throws(BackboneError) {
        try config.expect("hidden_act", oneOf: ["gelu"], orElse: "gelu")
        try config.expect("num_channels", oneOf: [3], orElse: 3)
        try config.expect("use_absolute_embeddings", oneOf: [false], orElse: false)
        let type: String = try config.require("model_type")
        architecture = type == "swinv2" ? .swinV2 : .swin
        let side = try config.count("patch_size", orElse: 4)
        patch = PatchEmbedding.Shape(side: side, stride: side)
        remainder = .padded
        width = try config.count("embed_dim")
        hiddenRatio = try config.value("mlp_ratio") ?? 4
        depths = try config.require("depths")
        heads = try config.require("num_heads")
        padding = .beforeShift
        epsilon = try config.epsilon(orElse: 1e-5)
        self.pixels = pixels

        let window = WindowShape(square: try config.count("window_size"))
        if architecture == .swin {
            windows = depths.map { _ in window }
            windowRule = .squareClipped
            learnedWindows = windows.map(\.size)
            hiddenScore = -100
            pretrainedWindows = depths.map { _ in 0 }
        } else {
            // The windows are those of the configured pictures, whatever the size of a picture; their
            // maps are halved without padding here, and of their sides only the first counts.
            let grid = try config.sides("image_size").height / side
            windows = depths.indices.map { stage in
                window.squareClipped(to: MapSize(rows: grid >> stage, columns: grid >> stage))
            }
            windowRule = .fixed
            // transformers adds the mask of -100 twice.
            hiddenScore = -200
            pretrainedWindows =
                try config.value("pretrained_window_sizes") ?? depths.map { _ in 0 }
            if pretrainedWindows == [0, 0, 0, 0] { pretrainedWindows = depths.map { _ in 0 } }
        }
        try check(config)
    }
}

extension CheckpointConfiguration {
    /// Height and width, given as one number or two.
    func sides(_ key: String) throws(BackboneError) -> (height: Int, width: Int) {
        let sides: [Int]
        if let side: Int = try? value(key) {
            sides = [side, side]
        } else {
            sides = try require(key)
        }
        guard sides.count == 2, sides.allSatisfy({ 1...(1 << 14) ~= $0 }) else {
            throw error("'\(key)' is \(sides)")
        }
        return (sides[0], sides[1])
    }
}
