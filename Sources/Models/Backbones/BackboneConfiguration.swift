import Foundation

/// What the `config.json` of a published checkpoint says, whichever library wrote it.
struct BackboneConfiguration: Decodable {
    // transformers
    var model_type: String?
    var hidden_size: Int?
    var intermediate_size: Int?
    var num_hidden_layers: Int?
    var num_attention_heads: Int?
    var image_size: Int?
    var patch_size: Int?
    var layer_norm_eps: Float?
    var hidden_act: String?
    var num_channels: Int?
    var qkv_bias: Bool?

    // timm
    var architecture: String?
    var model_args: ModelArguments?
    var pretrained_cfg: Pretraining?

    struct ModelArguments: Decodable {
        var img_size: Size?
        var patch_size: Size?
        var embed_dim: Int?
        var depth: Int?
        var num_heads: Int?
        var mlp_ratio: Double?
        var act_layer: String?
        var norm_layer: String?
    }

    struct Pretraining: Decodable {
        var input_size: [Int]?
        var mean: [Float]?
        var std: [Float]?
    }

    /// A side, given once or for height and width.
    struct Size: Decodable {
        let side: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let side = try? container.decode(Int.self) {
                self.side = side
                return
            }
            let sides = try container.decode([Int].self)
            guard let first = sides.first, sides.allSatisfy({ $0 == first }) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "pictures must be as high as wide")
            }
            side = first
        }
    }
}

/// What the `preprocessor_config.json` of a checkpoint says about pixels.
struct PreprocessorConfiguration: Decodable {
    var do_rescale: Bool?
    var rescale_factor: Double?
    var do_normalize: Bool?
    var image_mean: [Float]?
    var image_std: [Float]?
}

extension BackboneConfiguration {
    /// The shape of a Vision Transformer of transformers.
    ///
    /// - Throws: ``BackboneError`` that names the key which is missing or not supported.
    func huggingFaceViT(
        _ preprocessor: PreprocessorConfiguration?, folder: String
    ) throws(BackboneError) -> VisionTransformer.Configuration {
        let operation = "load backbone \(folder)"
        func require<Value>(_ value: Value?, _ key: String) throws(BackboneError) -> Value {
            guard let value else {
                throw BackboneError(operation, "config.json has no valid '\(key)'")
            }
            return value
        }
        let activation = hidden_act ?? "gelu"
        guard activation == "gelu" else {
            throw BackboneError(operation, "config.json has hidden_act '\(activation)', not 'gelu'")
        }
        guard num_channels ?? 3 == 3, qkv_bias ?? true else {
            throw BackboneError(operation, "pictures of 3 channels and qkv_bias are expected")
        }
        guard preprocessor?.do_rescale ?? true,
            abs((preprocessor?.rescale_factor ?? 1 / 255) * 255 - 1) < 1e-6
        else {
            throw BackboneError(operation, "preprocessor_config.json does not scale pixels to 0…1")
        }
        let isNormalised = preprocessor?.do_normalize ?? true
        let half: [Float] = [0.5, 0.5, 0.5]
        return VisionTransformer.Configuration(
            imageSize: try require(image_size, "image_size"),
            patchSize: try require(patch_size, "patch_size"),
            width: try require(hidden_size, "hidden_size"),
            hiddenWidth: try require(intermediate_size, "intermediate_size"),
            depth: try require(num_hidden_layers, "num_hidden_layers"),
            heads: try require(num_attention_heads, "num_attention_heads"),
            epsilon: layer_norm_eps ?? 1e-12,
            pixelMean: isNormalised ? preprocessor?.image_mean ?? half : [0, 0, 0],
            pixelDeviation: isNormalised ? preprocessor?.image_std ?? half : [1, 1, 1])
    }

    /// Width, depth and heads of timm's plain Vision Transformers by the size in their names.
    private static let sizes: [String: (width: Int, depth: Int, heads: Int)] = [
        "tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12),
        "large": (1024, 24, 16), "huge": (1280, 32, 16),
    ]

    /// The shape of a Vision Transformer of timm, from names such as `vit_base_patch16_224`.
    func timmViT(folder: String) throws(BackboneError) -> VisionTransformer.Configuration {
        let name = architecture ?? ""
        let parts = name.split(separator: "_")
        guard
            parts.count >= 3, parts[0] == "vit", let size = Self.sizes[String(parts[1])],
            parts[2].hasPrefix("patch"), let patch = Int(parts[2].dropFirst(5))
        else {
            throw BackboneError("load backbone \(folder)", "its architecture '\(name)' is unknown")
        }
        // These leave no trace among the tensors.
        guard [nil, "gelu"].contains(model_args?.act_layer),
            [nil, "layernorm"].contains(model_args?.norm_layer)
        else {
            throw BackboneError(
                "load backbone \(folder)", "only act_layer gelu and norm_layer layernorm are known")
        }
        let width = model_args?.embed_dim ?? size.width
        let hiddenWidth = (Double(width) * (model_args?.mlp_ratio ?? 4)).rounded(.down)
        guard 1...1e6 ~= hiddenWidth else {
            throw BackboneError("load backbone \(folder)", "its configuration is not that of a ViT")
        }
        let half: [Float] = [0.5, 0.5, 0.5]
        return VisionTransformer.Configuration(
            imageSize: model_args?.img_size?.side ?? pretrained_cfg?.input_size?.last ?? 224,
            patchSize: model_args?.patch_size?.side ?? patch,
            width: width,
            hiddenWidth: Int(hiddenWidth),
            depth: model_args?.depth ?? size.depth,
            heads: model_args?.num_heads ?? size.heads,
            epsilon: 1e-6,
            pixelMean: pretrained_cfg?.mean ?? half,
            pixelDeviation: pretrained_cfg?.std ?? half)
    }
}
