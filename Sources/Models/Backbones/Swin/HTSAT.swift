import Neural
import Tensors

extension BackboneFamily {
    /// The audio part of CLAP.
    static let htsat = BackboneFamily(
        name: "htsat", modelTypes: ["clap", "clap_audio_model"], timmPrefixes: []
    ) { folder, _ throws(BackboneError) in try SwinTransformer(clap: folder) }
}

extension SwinTransformer {
    /// Loads the HTS-AT of a checkpoint of transformers' `ClapModel` or `ClapAudioModel`.
    convenience init(clap folder: CheckpointFolder) throws(BackboneError) {
        let config = try folder.configuration.section("audio_config") ?? folder.configuration
        let shape = try Configuration(clap: config)
        guard let mels = shape.mels else { throw config.error("it reads no log-mels") }
        var tensors = try folder.tensors()
        tensors.prefix =
            tensors.has("audio_encoder.norm.weight")
            ? "audio_encoder." : "audio_model.audio_encoder."
        let picture = try tensors.takeMelPicture("batch_norm", mels)
        try self.init(
            tensors, shape, .clap, hasBias: config.value("qkv_bias") ?? true,
            hasPatchNorm: config.value("enable_patch_layer_norm") ?? true, melPicture: picture,
            ignoring: [
                "text_model.", "text_projection.", "audio_projection.", "logit_scale_",
                "\(tensors.prefix)batch_norm.num_batches_tracked",
            ])
    }
}

extension SwinTransformer.Configuration {
    /// The shape of transformers' `ClapAudioEncoder`.
    ///
    /// - Throws: ``BackboneError`` that names the key which is missing or not supported.
    init(clap config: CheckpointConfiguration) throws(BackboneError) {
        try config.expect("hidden_act", oneOf: ["gelu"], orElse: "gelu")
        try config.expect("patch_embed_input_channels", oneOf: [1], orElse: 1)
        try config.expect("flatten_patch_embeds", oneOf: [true], orElse: true)
        guard try config.value("enable_fusion") ?? false == false else {
            throw config.error(
                "'enable_fusion' is true: models that fuse crops of long audio are not supported, "
                    + "as their features depend on chance; take an unfused one")
        }
        let bands = try config.count("num_mel_bins", orElse: 64)
        let side = try config.count("spec_size", orElse: 256)
        guard side <= 1 << 13 else { throw config.error("'spec_size' is \(side)") }
        guard side.isMultiple(of: bands) else {
            throw config.error("'spec_size' \(side) is no multiple of 'num_mel_bins' \(bands)")
        }
        mels = MelPicture.Shape(bands: bands, ratio: side / bands)
        let patchSide = try config.has("patch_size") ? config.square("patch_size") : 4
        let stride = try config.has("patch_stride") ? config.square("patch_stride") : 4
        guard 1...patchSide ~= stride else {
            throw config.error("'patch_stride' is \(stride) for patches of \(patchSide)")
        }
        patch = PatchEmbedding.Shape(
            channels: 1, side: patchSide, stride: stride, margin: (patchSide - stride) / 2)

        architecture = .htsat
        remainder = .refused
        width = try config.count("patch_embeds_hidden_size", orElse: 96)
        hiddenRatio = try config.value("mlp_ratio") ?? 4
        depths = try config.value("depths") ?? [2, 2, 6, 2]
        heads = try config.value("num_attention_heads") ?? [4, 8, 16, 32]
        let window = WindowShape(square: try config.count("window_size", orElse: 8))
        windows = depths.map { _ in window }
        windowRule = .squareClipped
        learnedWindows = windows.map(\.size)
        padding = .beforeShift
        hiddenScore = -100
        pretrainedWindows = depths.map { _ in 0 }
        epsilon = try config.epsilon(orElse: 1e-5)
        pixels = PixelNormalisation()
        try check(config)

        // Its maps are halved without padding, and an uneven number of patches ends in an error.
        let patches = (side + 2 * patch.margin - patchSide) / stride + 1
        let grid = side / stride
        guard patches == grid, grid.isMultiple(of: 1 << (depths.count - 1)) else {
            throw config.error("a picture of \(side)×\(side) cannot be cut into its patches")
        }
        for stage in depths.indices {
            let map = MapSize(rows: grid >> stage, columns: grid >> stage)
            guard windowRule(window, on: map).size == window.size else {
                throw config.error("windows of \(window.size) do not fit a map of \(map)")
            }
        }
    }
}

extension CheckpointTensors {
    /// The statistics of training by which each band is normalised.
    fileprivate mutating func takeMelPicture(
        _ name: String, _ shape: MelPicture.Shape
    ) throws(BackboneError) -> MelPicture {
        let bands = [shape.bands]
        let weight = try take("\(name).weight", shape: bands).elements
        let bias = try take("\(name).bias", shape: bands).elements
        let mean = try take("\(name).running_mean", shape: bands).elements
        let variance = try take("\(name).running_var", shape: bands).elements
        let scale = zip(weight, variance).map { $0 / ($1 + 1e-5).squareRoot() }
        let shift = (0..<shape.bands).map { bias[$0] - mean[$0] * scale[$0] }
        return MelPicture(shape: shape, scale: scale, shift: shift)
    }
}

extension CheckpointConfiguration {
    /// A side that is the same down and across.
    fileprivate func square(_ key: String) throws(BackboneError) -> Int {
        let sides = try sides(key)
        guard sides.height == sides.width else { throw error("'\(key)' is not square") }
        return sides.height
    }
}
