extension VisionTransformer.Configuration {
    /// What transformers takes for absent keys; nil for those that must be there.
    struct Standard {
        var imageSize: Int?
        var patchSize: Int?
        var width: Int?
        var hiddenWidth: Int?
        var depth: Int?
        var heads: Int?
        var activation = "gelu"
        var epsilon: Float
    }

    /// The shape of a transformers' model for pictures, by the keys that its families share.
    ///
    /// - Parameters:
    ///   - config: The object that has the keys.
    ///   - standard: What absent ones stand for.
    ///   - hiddenWidth: Width of the MLPs' hidden layer where the family has no key for it.
    ///   - pixels: How pixels are normalised.
    /// - Throws: ``BackboneError`` that names the key which is missing or not supported.
    init(
        huggingFace config: CheckpointConfiguration, _ standard: Standard,
        hiddenWidth: Int? = nil, pixels: PixelNormalisation
    ) throws(BackboneError) {
        try config.expect("num_channels", oneOf: [3], orElse: 3)
        let image = try config.side("image_size", orElse: standard.imageSize)
        let patch = try config.side("patch_size", orElse: standard.patchSize)
        (inputHeight, inputWidth) = (image, image)
        patches = PatchGeometry(side: patch)
        resizing = .bicubic
        width = try config.count("hidden_size", orElse: standard.width)
        if let hiddenWidth {
            self.hiddenWidth = hiddenWidth
        } else {
            self.hiddenWidth = try config.count("intermediate_size", orElse: standard.hiddenWidth)
        }
        depth = try config.count("num_hidden_layers", orElse: standard.depth)
        heads = try config.count("num_attention_heads", orElse: standard.heads)
        activation = try config.activation(orElse: standard.activation)
        epsilon = try config.epsilon(orElse: standard.epsilon)
        self.pixels = pixels
        try check(config)
        try config.expect("head_dim", oneOf: [width / heads], orElse: width / heads)
    }
}

extension CheckpointConfiguration {
    /// The activation that `hidden_act` names.
    func activation(orElse standard: String) throws(BackboneError) -> VisionTransformer.Activation {
        let known: [String: VisionTransformer.Activation] = [
            "gelu": .gelu, "gelu_new": .geluTanh, "gelu_pytorch_tanh": .geluTanh,
            "quick_gelu": .quickGELU, "relu": .relu,
        ]
        try expect("hidden_act", oneOf: known.keys.sorted(), orElse: standard)
        return known[try value("hidden_act") ?? standard]!
    }

    /// A side of a picture or patch, given once or for height and width.
    func side(_ key: String, orElse standard: Int? = nil) throws(BackboneError) -> Int {
        guard let (height, width) = try heightAndWidth(key) else {
            return try count(key, orElse: standard)
        }
        guard height == width else {
            throw error("'\(key)' is \([height, width]): pictures must be as high as wide")
        }
        return height
    }

    /// Height and width, given once or one after the other; nil if the key has no value.
    func heightAndWidth(_ key: String) throws(BackboneError) -> (height: Int, width: Int)? {
        if let side: Int = try? value(key) {
            guard 1...(1 << 20) ~= side else { throw error("'\(key)' is \(side)") }
            return (side, side)
        }
        guard let sides: [Int] = try value(key) else { return nil }
        guard sides.count == 2, sides.allSatisfy({ 1...(1 << 20) ~= $0 }) else {
            throw error("'\(key)' is \(sides)")
        }
        return (sides[0], sides[1])
    }
}

extension CheckpointFolder {
    /// What is done to pixels; without a `preprocessor_config.json` nobody knows.
    ///
    /// - Throws: ``BackboneError`` that names the file or key.
    func pixels() throws(BackboneError) -> PixelNormalisation {
        guard let preprocessor else {
            throw BackboneError(
                "load backbone \(path)", "it has no preprocessor_config.json", .missing)
        }
        return try PixelNormalisation(preprocessor)
    }
}
