/// `librosa.power_to_db(librosa.feature.melspectrogram(y))` with all defaults.
extension LogMelPreset {
    public static let slaney = librosa("slaney", .slaney, .area)

    /// The same with `htk=True` and `norm=None`.
    public static let htk = librosa("htk", .htk, .peak)

    private static func librosa(
        _ name: String, _ scale: MelSettings.Scale, _ norm: MelSettings.Norm
    ) -> LogMelPreset {
        LogMelPreset(
            name: name, sound: SoundSettings(sampleRate: 22_050),
            spectrum: SpectrumSettings(
                shape: .hannPeriodic, windowLength: 2048, hop: 512, fftSize: 2048,
                centring: .zeros),
            mel: MelSettings(
                bands: 128, lowFrequency: 0, highFrequency: 11_025, scale: scale, norm: norm),
            logarithm: LogarithmSettings(unit: .decibel, floor: 1e-10, range: 80))
    }
}
