import Neural
import Tensors

extension BackboneFamily {
    /// Transformers' Audio Spectrogram Transformer.
    static let ast = BackboneFamily(
        name: "ast", modelTypes: ["audio-spectrogram-transformer"], timmPrefixes: []
    ) { folder, _ throws(BackboneError) in
        try VisionTransformer(
            bert: folder, .init(ast: folder), prefix: "audio_spectrogram_transformer.",
            tokens: ["cls_token", "distillation_token"])
    }
}

extension VisionTransformer.Configuration {
    /// The shape of an AST: a ViT of one channel, bands from top to bottom, whose patches overlap.
    ///
    /// The reference has positions for one number of frames and takes no other.
    ///
    /// Source: Gong, Chung, Glass, *AST: Audio Spectrogram Transformer*, 2021 (arXiv:2104.01778).
    init(ast folder: CheckpointFolder) throws(BackboneError) {
        let config = folder.configuration
        inputHeight = try config.count("num_mel_bins")
        inputWidth = try config.count("max_length")
        patches = PatchGeometry(
            side: try config.side("patch_size"), rowStep: try config.count("frequency_stride"),
            columnStep: try config.count("time_stride"), channels: 1)
        resizing = .none
        width = try config.count("hidden_size")
        hiddenWidth = try config.count("intermediate_size")
        depth = try config.count("num_hidden_layers")
        heads = try config.count("num_attention_heads")
        activation = try config.activation(orElse: "gelu")
        epsilon = try config.epsilon(orElse: 1e-12)
        spectrograms = .transposed(try SpectrogramNormalisation(ast: folder))
        try check(config)
    }
}

extension SpectrogramNormalisation {
    /// From the `preprocessor_config.json` of an AST, which divides by twice the deviation.
    fileprivate init(ast folder: CheckpointFolder) throws(BackboneError) {
        guard let preprocessor = folder.preprocessor else {
            throw BackboneError(
                "load backbone \(folder.path)", "it has no preprocessor_config.json", .missing)
        }
        for key in ["num_mel_bins", "max_length"] {
            let expected = try folder.configuration.count(key)
            try preprocessor.expect(key, oneOf: [expected], orElse: expected)
        }
        guard try preprocessor.value("do_normalize") ?? true else {
            self.init(mean: 0, deviation: 1)
            return
        }
        self.init(
            mean: try preprocessor.require("mean"), deviation: 2 * (try preprocessor.require("std"))
        )
        guard deviation > 0 else { throw preprocessor.error("'std' is \(deviation / 2)") }
    }
}
