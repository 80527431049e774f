extension LogMelPreset {
    /// VALOR by Chen and others (arXiv:2304.08345), `[2, 64, 512]`.
    public static let valor: LogMelPreset = {
        var preset = LogMelPreset.kaldi(
            "valor",
            sound: SoundSettings(
                sampleRate: 22_050, channels: .downmix, quantisation: .s16, extent: .file),
            windows: .slices(count: 2, frames: 512), bands: 64, frames: 512,
            NormalisationSettings(.twoSigma, mean: -4.2677393, deviation: 4.5689974))
        preset.layout = .bandsFirst
        return preset
    }()
}
