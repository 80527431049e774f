/// LAION's CLAP by Wu and others (arXiv:2211.06687), as in transformers: ten seconds, repeated where there are fewer.
extension LogMelPreset {
    /// For models with `truncation: fusion`, which take four copies of it for sound of at most ten seconds.
    public static let clap = clap("clap", .htk, .peak)

    /// For models with `truncation: rand_trunc`.
    public static let clapRandTrunc = clap("clap-rand-trunc", .slaney, .area)

    private static func clap(
        _ name: String, _ scale: MelSettings.Scale, _ norm: MelSettings.Norm
    ) -> LogMelPreset {
        LogMelPreset(
            name: name, sound: SoundSettings(sampleRate: 48_000),
            fit: LengthFit(.repeatAndPad, length: 480_000),
            spectrum: SpectrumSettings(
                shape: .hannPeriodic, windowLength: 1024, hop: 480, fftSize: 1024,
                centring: .reflect),
            mel: MelSettings(
                bands: 64, lowFrequency: 50, highFrequency: 14_000, scale: scale, norm: norm),
            logarithm: LogarithmSettings(unit: .decibel, floor: 1e-10), frames: 1001)
    }
}
