import Neural

extension SwinTransformer {
    /// Loads a checkpoint in the naming of timm's `SwinTransformer` or `SwinTransformerV2`.
    convenience init(timm folder: CheckpointFolder) throws(BackboneError) {
        let shape = try Configuration(timm: folder.configuration)
        let arguments = try folder.configuration.section("model_args")
        try self.init(
            folder.tensors(), shape, .timm, hasBias: arguments?.value("qkv_bias") ?? true,
            ignoring: ["head."])
    }
}

extension SwinTransformer.Configuration {
    /// What `model_args` may say; the first few must have their usual values.
    private static let knownArguments: Set = [
        "act_layer", "norm_layer", "in_chans", "patch_size", "embed_dim", "mlp_ratio", "depths",
        "num_heads", "qkv_bias", "pretrained_window_sizes", "window_size", "img_size",
        "dynamic_img_size", "strict_img_size", "always_partition", "num_classes", "global_pool",
        "weight_init", "drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate",
    ]

    /// The shape of a Swin Transformer of timm.
    ///
    /// Pictures of another size than the configured one are read as by a model that was created with
    /// that `img_size`; where the model takes any size (`strict_img_size` is false), its windows
    /// remain those of the configured size, as they do there.
    ///
    /// - Throws: ``BackboneError`` that names the key which is missing or not supported.
    init(timm config: CheckpointConfiguration) throws(BackboneError) {
        let name: String = try config.require("architecture")
        guard let preset = TimmSwin(name) else {
            throw config.error("its architecture '\(name)' is unknown")
        }
        let arguments = try config.section("model_args")
        guard let pretraining = try config.section("pretrained_cfg") else {
            throw config.error("it has no valid 'pretrained_cfg'")
        }
        for key in arguments?.keys ?? [] where !Self.knownArguments.contains(key) {
            throw config.error("'model_args.\(key)' is not supported")
        }
        // These leave no trace among the tensors.
        try arguments?.expect("act_layer", oneOf: ["gelu"], orElse: "gelu")
        try arguments?.expect("norm_layer", oneOf: ["layernorm"], orElse: "layernorm")
        try arguments?.expect("in_chans", oneOf: [3], orElse: 3)

        architecture = preset.isV2 ? .swinV2 : .swin
        let side = try arguments?.count("patch_size", orElse: 4) ?? 4
        patch = PatchEmbedding.Shape(side: side, stride: side)
        width = try arguments?.count("embed_dim", orElse: preset.width) ?? preset.width
        hiddenRatio = try arguments?.value("mlp_ratio") ?? 4
        depths = try arguments?.value("depths") ?? preset.depths
        heads = try arguments?.value("num_heads") ?? preset.heads
        padding = .afterShift
        hiddenScore = -100
        epsilon = 1e-5
        pixels = try PixelNormalisation(timm: pretraining)
        pretrainedWindows =
            try arguments?.value("pretrained_window_sizes") ?? preset.pretrainedWindows
        if pretrainedWindows == [0, 0, 0, 0] { pretrainedWindows = depths.map { _ in 0 } }

        windows =
            try arguments?.windows("window_size", stages: depths.count)
            ?? preset.windows.prefix(max(depths.count, 0)).map { WindowShape(square: $0) }
        let inputSize: [Int]? = try pretraining.value("input_size")
        let image =
            (arguments?.has("img_size") ?? false)
            ? try arguments?.sides("img_size") : inputSize.map { ($0.last ?? 0, $0.last ?? 0) }
        let (height, width) = image ?? (preset.imageSize, preset.imageSize)
        guard 1...(1 << 14) ~= height, 1...(1 << 14) ~= width else {
            throw config.error("its pictures are \(height)×\(width)")
        }
        let maps = MapSize(rows: height / side, columns: width / side).stages(depths.count)
        let clipped = zip(windows, maps).map { $0.clipped(to: $1) }

        let isDynamic: Bool = try arguments?.value("dynamic_img_size") ?? false
        let isStrict: Bool = try arguments?.value("strict_img_size") ?? true
        let takesAny = isDynamic || !isStrict
        let isAlwaysWhole: Bool = try arguments?.value("always_partition") ?? false
        remainder = takesAny ? .refused : .unseen
        windowRule = takesAny || isAlwaysWhole ? .fixed : .clipped
        learnedWindows = preset.isV2 ? nil : (isAlwaysWhole ? windows : clipped).map(\.size)
        if takesAny, !isAlwaysWhole { windows = clipped }
        try check(config)
        guard learnedWindows?.allSatisfy({ $0.rows == $0.columns }) ?? true else {
            throw config.error("windows that are not square are not supported with learned biases")
        }
    }
}

extension CheckpointConfiguration {
    /// Windows of each stage: one side for all, one for each stage, or rows and columns.
    ///
    /// Two numbers are rows and columns, as for timm.
    fileprivate func windows(
        _ key: String, stages: Int
    ) throws(BackboneError) -> [WindowShape]? {
        guard has(key) else { return nil }
        if let side: Int = try? value(key) {
            return Array(repeating: WindowShape(square: side), count: stages)
        }
        if let sides: [Int] = try? value(key) {
            if sides.count == 2 {
                return Array(repeating: WindowShape(sides[0], sides[1]), count: stages)
            }
            return sides.map { WindowShape(square: $0) }
        }
        let pairs: [[Int]] = try require(key)
        guard pairs.allSatisfy({ $0.count == 2 }) else { throw error("'\(key)' is \(pairs)") }
        return pairs.map { WindowShape($0[0], $0[1]) }
    }
}
