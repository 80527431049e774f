/// What is done to the bytes of pictures before a backbone embeds them.
///
///     pixel = (factor · byte − mean) / deviation,   by channel
struct PixelNormalisation: Codable, Sendable, Equatable {
    var factor: Float
    var mean: [Float]
    var deviation: [Float]

    init(factor: Float = 1 / 255, mean: [Float], deviation: [Float]) {
        (self.factor, self.mean, self.deviation) = (factor, mean, deviation)
    }

    /// To −1…1.
    init() { self.init(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5]) }

    /// From the `preprocessor_config.json` of transformers.
    ///
    /// - Throws: ``BackboneError`` that names the key which is not valid.
    init(_ preprocessor: CheckpointConfiguration) throws(BackboneError) {
        try preprocessor.expect("do_flip_channel_order", oneOf: [false], orElse: false)
        self.init(mean: [0, 0, 0], deviation: [1, 1, 1])
        if try !(preprocessor.value("do_rescale") ?? true) {
            factor = 1
        } else if let given: Double = try preprocessor.value("rescale_factor") {
            factor = Float(given)
            guard factor > 0, factor.isFinite else {
                throw preprocessor.error("'rescale_factor' is \(given)")
            }
        }
        if try preprocessor.value("do_normalize") ?? true {
            mean = try preprocessor.require("image_mean")
            deviation = try preprocessor.require("image_std")
        }
        try check(preprocessor, "image_mean and image_std")
    }

    /// From the `pretrained_cfg` of timm.
    ///
    /// - Throws: ``BackboneError`` that names the key which is not valid.
    init(timm pretraining: CheckpointConfiguration) throws(BackboneError) {
        self.init(
            mean: try pretraining.require("mean"), deviation: try pretraining.require("std"))
        try check(pretraining, "mean and std")
    }

    private func check(
        _ source: CheckpointConfiguration, _ keys: String
    ) throws(BackboneError) {
        guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
            throw source.error("\(keys) are not those of three channels")
        }
    }

    /// What each byte becomes, by channel.
    var tables: [[Float]] {
        (0..<3).map { c in
            (0..<256).map { (Float($0) * factor - mean[c]) / deviation[c] }
        }
    }
}
