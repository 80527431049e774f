import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// Checkpoints of each family of plain transformers with one thing wrong, which the error names.
@Suite struct VisionLoadingTests {
    /// A tensor that each family is known by.
    private static let tensors = [
        ("vit-wrapped", "vit.encoder.layer.2.attention.attention.key.bias"),
        ("deit", "embeddings.distillation_token"),
        ("dinov2", "encoder.layer.1.layer_scale2.lambda1"),
        ("dinov2-swiglu", "dinov2.encoder.layer.0.mlp.weights_in.weight"),
        ("dinov2-registers", "embeddings.register_tokens"),
        ("clip-vision", "vision_model.pre_layrnorm.bias"),
        ("clip-vision", "vision_model.embeddings.class_embedding"),
        ("siglip", "vision_model.embeddings.position_embedding.weight"),
        ("siglip-odd", "encoder.layers.1.self_attn.k_proj.bias"),
        ("ast", "embeddings.distillation_token"),
        ("timm-dinov2", "reg_token"), ("timm-dinov2", "cls_token"),
        ("timm-dinov2", "blocks.1.ls2.gamma"), ("timm-clip", "norm_pre.weight"),
        ("timm-swiglu", "blocks.0.mlp.fc1.bias"), ("timm-deit", "dist_token"),
        ("timm-vit", "pos_embed"),
    ]

    private func checkpoint(_ folder: String) throws -> DamagedCheckpoint {
        try DamagedCheckpoint(folder, reading: folder == "ast" ? .spectrograms : .pictures)
    }

    @Test(arguments: tensors) func missingTensorsAreNamed(folder: String, tensor: String) throws {
        let checkpoint = try checkpoint(folder)
        try checkpoint.rewrite {
            try #require($0.keys.contains(tensor))
            $0[tensor] = nil
        }
        checkpoint.expectError("it has no tensor '\(tensor)'")
    }

    @Test(arguments: tensors) func misshapenTensorsAreNamed(
        folder: String, tensor: String
    ) throws {
        let checkpoint = try checkpoint(folder)
        try checkpoint.rewrite { $0[tensor] = Tensor(shape: [3, 1]) }
        checkpoint.expectError("tensor '\(tensor)' has shape [3, 1], not [")
    }

    @Test(arguments: tensors) func extraTensorsAreNamed(folder: String, tensor: String) throws {
        let checkpoint = try checkpoint(folder)
        try checkpoint.rewrite { $0["\(tensor)2"] = Tensor(shape: [1]) }
        checkpoint.expectError("it has an unexpected tensor '\(tensor)2'")
    }

    @Test(arguments: [
        ("deit", "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"selu\"", "'hidden_act' is selu"),
        ("deit", "\"num_channels\": 3", "\"num_channels\": 4", "'num_channels' is 4"),
        ("dinov2", "\"mlp_ratio\": 2", "\"mlp_ratio\": -2", "'mlp_ratio'"),
        (
            "dinov2", "\"use_swiglu_ffn\": false", "\"use_swiglu_ffn\": true",
            "no tensor 'encoder.layer.0.mlp.weights_in.weight'"
        ),
        (
            "dinov2-registers", "\"num_register_tokens\": 4", "\"num_register_tokens\": 5",
            "tensor 'embeddings.register_tokens' has shape [1, 4, 32], not [1, 5, 32]"
        ),
        (
            "clip-vision", "\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"mish\"",
            "'vision_config.hidden_act' is mish"
        ),
        (
            "clip-vision", "\"model_type\": \"clip\"", "\"model_type\": \"clap-like\"",
            "its model_type 'clap-like' is unknown"
        ),
        ("siglip", "\"vision_config\"", "\"visual_config\"", "it has no valid 'vision_config'"),
        ("siglip-odd", "\"image_size\": 38", "\"image_size\": [38, 40]", "as high as wide"),
        (
            "ast", "\"max_length\": 64", "\"max_length\": 80",
            "preprocessor_config.json: 'max_length' is 64 (supported: 80)"
        ),
        ("ast", "\"time_stride\": 10", "\"time_stride\": 0", "'time_stride' is 0"),
        (
            "timm-clip", "vit_base_patch16_clip_quickgelu_224", "vit_base_patch16_rpn_224",
            "its architecture 'vit_base_patch16_rpn_224' is unknown"
        ),
        (
            "timm-wide", "\"act_layer\": \"gelu_tanh\"", "\"act_layer\": \"mish\"",
            "'model_args.act_layer' is mish (supported: gelu, gelu_tanh, quick_gelu)"
        ),
        (
            "timm-wide", "\"act_layer\"", "\"scale_mlp_norm\"",
            "'model_args.scale_mlp_norm' is not supported"
        ),
        ("timm-vit", "\"pretrained_cfg\"", "\"pretraining\"", "no valid 'pretrained_cfg'"),
        ("swin-timm", "\"pretrained_cfg\"", "\"pretraining\"", "no valid 'pretrained_cfg'"),
        (
            "swinv2-timm", "\"mlp_ratio\"", "\"mlp_ration\"",
            "'model_args.mlp_ration' is not supported"
        ),
        (
            "deit", "\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": 1e39",
            "'layer_norm_eps' has a value of another kind"
        ),
        (
            "swin-hf", "\"layer_norm_eps\": 1e-05", "\"layer_norm_eps\": -1",
            "'layer_norm_eps' is -1"
        ),
    ])
    func unsupportedKeysAreNamed(folder: String, old: String, new: String, reason: String) throws {
        let checkpoint = try checkpoint(folder)
        try checkpoint.configure(old, new)
        checkpoint.expectError(reason)
    }

    @Test(arguments: [
        ("deit", "\"image_mean\"", "\"mean\"", "it has no valid 'image_mean'"),
        ("deit", "0.229", "0", "image_mean and image_std are not those of three channels"),
        ("clip-vision", "0.00392156862745098", "-1", "'rescale_factor' is -1"),
        ("deit", "0.229", "1e39", "'image_std' has a value of another kind"),
        ("clip-vision", "0.00392156862745098", "1e-60", "'rescale_factor' is 1e-60"),
        ("ast", "\"std\": 4.5689974", "\"std\": 0", "'std' is 0"),
    ])
    func unusableNormalisationIsNamed(
        folder: String, old: String, new: String, reason: String
    ) throws {
        let checkpoint = try checkpoint(folder)
        try checkpoint.configure(old, new, in: "preprocessor_config.json")
        checkpoint.expectError(reason)
    }

    @Test(arguments: ["deit", "dinov2", "clip-vision", "siglip", "ast", "swin-hf", "swinv2-hf"])
    func normalisationIsNotGuessed(folder: String) throws {
        let checkpoint = try checkpoint(folder)
        try FileManager.default.removeItem(
            atPath: "\(checkpoint.folder.path)/preprocessor_config.json")
        checkpoint.expectError("it has no preprocessor_config.json", .missing)
    }

    /// What transformers takes for keys that are absent, by its own defaults.
    @Test(arguments: [
        ("siglip", "\"hidden_act\": \"gelu_pytorch_tanh\","),
        ("clip-vision", "\"hidden_act\": \"quick_gelu\","), ("deit", "\"hidden_act\": \"gelu\","),
        ("siglip", "\"layer_norm_eps\": 1e-06,"), ("clip-vision", "\"layer_norm_eps\": 1e-05,"),
        ("deit", "\"layer_norm_eps\": 1e-12,"),
    ])
    func absentKeysMeanTheDefaults(folder: String, entry: String) throws {
        let checkpoint = try checkpoint(folder)
        let path = checkpoint.folder.path
        func configuration() throws -> String {
            "\(try BackboneCatalog.load(path).model.configuration)"
        }
        let whole = try configuration()
        try checkpoint.configure(entry, "")
        #expect(try configuration() == whole)
    }

    /// Where CLIP's towers are described twice, transformers takes the second description.
    @Test func secondDescriptionOfATowerCounts() throws {
        let checkpoint = try checkpoint("clip-vision")
        try checkpoint.configure(
            "\"vision_config\"",
            "\"vision_config\": {\"hidden_act\": \"mish\"}, \"vision_config_dict\"")
        let path = checkpoint.folder.path
        #expect(try BackboneCatalog.load(path).model.depth > 1)
    }

    /// Old checkpoints have the numbers of positions, which are no weights.
    @Test(arguments: [
        ("clip-vision", "vision_model.embeddings.position_ids"),
        ("clip-vision", "text_model.embeddings.position_ids"),
        ("siglip-odd", "embeddings.position_ids"),
    ])
    func buffersAreIgnored(folder: String, buffer: String) throws {
        let checkpoint = try checkpoint(folder)
        try checkpoint.rewrite { $0[buffer] = Tensor(shape: [1, 17]) }
        let backbone = try BackboneCatalog.load(checkpoint.folder.path)
        #expect(backbone.model.depth > 1)
    }
}
