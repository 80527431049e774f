extension LogMelPreset {
    /// AST by Gong, Chung, Glass (arXiv:2104.01778), with its statistics of AudioSet, a segment of a second at a time.
    public static let ast = LogMelPreset.kaldi(
        "ast", bands: 128, frames: 102, astNorm(-4.2677393, 4.5689974))

    /// The same as published: the first 1,024 frames of a clip.
    public static let astWhole = LogMelPreset.kaldi(
        "ast-whole", sound: SoundSettings(extent: .file), windows: .whole, bands: 128,
        frames: 1024, astNorm(-4.2677393, 4.5689974))

    /// AST with its statistics of ESC-50.
    public static let astESC50 = LogMelPreset.kaldi(
        "ast-esc50", sound: SoundSettings(extent: .file), windows: .whole, bands: 128,
        frames: 512, astNorm(-6.6268077, 5.358466))

    /// AST with its statistics of Speech Commands.
    public static let astSpeechCommands = LogMelPreset.kaldi(
        "ast-speech-commands", sound: SoundSettings(extent: .file), windows: .whole, bands: 128,
        frames: 128, astNorm(-6.845978, 5.5654526))

    private static func astNorm(_ mean: Double, _ deviation: Double) -> NormalisationSettings {
        NormalisationSettings(.twoSigma, mean: mean, deviation: deviation)
    }

    /// CAV-MAE by Gong and others (arXiv:2210.07839) on AudioSet and VGGSound; `sox remix 1` takes the first channel.
    public static let cavMAE = LogMelPreset.kaldi(
        "cavmae", sound: SoundSettings(channels: .first, quantisation: .s16, extent: .file),
        windows: .whole, bands: 128, frames: 1024,
        NormalisationSettings(.sigma, mean: -5.081, deviation: 4.4849))
}
