/// What is done to the bytes of pictures before a backbone embeds them.
///
///     pixel = (byte / 255 − mean) / deviation,   by channel
struct PixelNormalisation: Codable, Sendable, Equatable {
    var mean: [Float]
    var deviation: [Float]

    /// From the `preprocessor_config.json` of transformers.
    init(_ preprocessor: CheckpointConfiguration?) throws(BackboneError) {
        self.init()
        guard let preprocessor else { return }
        try preprocessor.expect("do_rescale", oneOf: [true], orElse: true)
        let factor: Double = try preprocessor.value("rescale_factor") ?? 1 / 255
        guard abs(factor * 255 - 1) < 1e-6 else {
            throw preprocessor.error("'rescale_factor' is \(factor), not 1/255")
        }
        guard try preprocessor.value("do_normalize") ?? true else {
            (mean, deviation) = ([0, 0, 0], [1, 1, 1])
            return
        }
        mean = try preprocessor.value("image_mean") ?? mean
        deviation = try preprocessor.value("image_std") ?? deviation
        try check(preprocessor, "image_mean and image_std")
    }

    /// From the `pretrained_cfg` of timm.
    init(timm pretraining: CheckpointConfiguration?) throws(BackboneError) {
        self.init()
        guard let pretraining else { return }
        mean = try pretraining.value("mean") ?? mean
        deviation = try pretraining.value("std") ?? deviation
        try check(pretraining, "mean and std")
    }

    /// To −1…1.
    init() { (mean, deviation) = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]) }

    private func check(
        _ source: CheckpointConfiguration, _ keys: String
    ) throws(BackboneError) {
        guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
            throw source.error("\(keys) are not those of three channels")
        }
    }

    /// What each byte becomes, by channel.
    var tables: [[Float]] {
        (0..<3).map { c in (0..<256).map { (Float($0) / 255 - mean[c]) / deviation[c] } }
    }
}
