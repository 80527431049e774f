import Neural
import Tensors

extension VisionTransformer {
    /// Loads a checkpoint in the naming of timm's `VisionTransformer` or
    /// `VisionTransformerDistilled`.
    ///
    /// Which biases and scales there are, and whether special tokens have positions, is told by the
    /// tensors.
    convenience init(timm folder: CheckpointFolder) throws(BackboneError) {
        let config = folder.configuration
        let name: String = try config.require("architecture")
        guard var architecture = TimmArchitecture(name) else {
            throw config.error("its architecture '\(name)' is unknown")
        }
        let arguments = try config.section("model_args")
        try arguments.map { arguments throws(BackboneError) in
            try architecture.override(with: arguments)
        }
        var shape = try Configuration(timm: config, architecture)
        var tensors = try folder.tensors()
        let c = shape.width

        let specials = Tensor.rows([
            try tensors.takeTokens(
                "cls_token", count: architecture.hasClassToken ? 1 : 0, width: c),
            try tensors.takeTokens("dist_token", count: architecture.isDistilled ? 1 : 0, width: c),
            try tensors.takeTokens("reg_token", count: architecture.registers, width: c),
        ])
        let hasPositions =
            tensors.shape(of: "pos_embed") != [1, shape.grid.rows * shape.grid.columns, c]
        let positions = try tensors.takePositions(
            "pos_embed", specials: hasPositions ? specials.rows : 0, shape)
        let embedding = Embedding(
            patches: try tensors.takePatchEmbedding(
                "patch_embed.proj", shape, hasBias: !architecture.hasEntryNorm),
            specials: specials,
            specialPositions: hasPositions ? positions.specials : Tensor(shape: specials.shape),
            positions: positions.grid,
            norm: architecture.hasEntryNorm
                ? try tensors.takeNorm("norm_pre", width: c, epsilon: shape.epsilon) : nil,
            classRow: architecture.hasClassToken ? 0 : nil)
        if architecture.isOriginal, hasPositions { shape.spectrograms = .asPicture }

        let isScaled = tensors.has("blocks.0.ls1.gamma")
        let hasBias = tensors.has("blocks.0.attn.qkv.bias")
        var blocks: [EncoderBlock] = []
        for number in 0..<shape.depth {
            blocks.append(
                try tensors.takeBlock(
                    .timm("blocks.\(number)", isScaled: isScaled), shape, hasBias: hasBias))
        }
        // Where the mean of all tokens is normalised, tokens are not.
        let norm =
            tensors.has("fc_norm.weight") && !tensors.has("norm.weight")
            ? nil : try tensors.takeNorm("norm", width: c, epsilon: shape.epsilon)
        try tensors.finish(ignoring: ["head.", "head_dist.", "fc_norm.", "attn_pool."])
        self.init(shape, embedding, blocks: blocks, finalNorm: norm)
    }
}

extension VisionTransformer.Configuration {
    /// The shape of a Vision Transformer of timm.
    fileprivate init(
        timm config: CheckpointConfiguration, _ architecture: TimmArchitecture
    ) throws(BackboneError) {
        guard let pretraining = try config.section("pretrained_cfg") else {
            throw config.error("it has no valid 'pretrained_cfg'")
        }
        let arguments = try config.section("model_args")
        let inputSize: [Int] = try pretraining.value("input_size") ?? [3, 224, 224]
        guard inputSize.count == 3 else {
            throw config.error("'pretrained_cfg.input_size' is \(inputSize)")
        }
        (inputHeight, inputWidth) =
            try arguments?.heightAndWidth("img_size") ?? (inputSize[1], inputSize[2])
        patches = PatchGeometry(
            side: try arguments?.side("patch_size", orElse: architecture.patchSize)
                ?? architecture.patchSize)
        (resizing, dropsRemainders) = (.bicubicAntialiased, false)
        (width, depth, heads) = (architecture.width, architecture.depth, architecture.heads)
        activation = architecture.activation
        let hidden = Double(width) * architecture.hiddenRatio
        guard 1...1e6 ~= hidden else {
            throw config.error("its configuration is not that of a ViT")
        }
        hiddenWidth = activation == .gatedSiLU ? Int(hidden) / 2 : Int(hidden)
        epsilon = architecture.epsilon
        pixels = try PixelNormalisation(timm: pretraining)
        try check(config)
    }
}

extension TimmArchitecture {
    /// Takes over what `model_args` say other than the name.
    ///
    /// - Throws: ``BackboneError`` that names the key which is not supported.
    fileprivate mutating func override(
        with arguments: CheckpointConfiguration
    ) throws(BackboneError) {
        for key in arguments.keys where !Self.arguments.union(Self.neutral).contains(key) {
            throw arguments.error("'model_args.\(key)' is not supported")
        }
        try arguments.expect("norm_layer", oneOf: ["layernorm"], orElse: "layernorm")
        try arguments.expect("in_chans", oneOf: [3], orElse: 3)
        width = try arguments.count("embed_dim", orElse: width)
        depth = try arguments.count("depth", orElse: depth)
        heads = try arguments.count("num_heads", orElse: heads)
        hiddenRatio = try arguments.value("mlp_ratio") ?? hiddenRatio
        hasClassToken = try arguments.value("class_token") ?? hasClassToken
        registers = try arguments.value("reg_tokens") ?? registers
        hasEntryNorm = try arguments.value("pre_norm") ?? hasEntryNorm
        guard 0...(1 << 10) ~= registers else {
            throw arguments.error("'model_args.reg_tokens' is \(registers)")
        }
        if arguments.has("act_layer") {
            let known = Self.activations
            try arguments.expect("act_layer", oneOf: known.keys.sorted(), orElse: "gelu")
            activation = known[try arguments.require("act_layer")]!
        }
    }
}
