/// Whisper by Radford and others (arXiv:2212.04356): 30 s of sound, whatever a segment's length.
extension LogMelPreset {
    public static let whisper80 = whisper("whisper-80", bands: 80)

    /// The bands of the third large model.
    public static let whisper128 = whisper("whisper-128", bands: 128)

    private static func whisper(_ name: String, bands: Int) -> LogMelPreset {
        LogMelPreset(
            name: name, sound: SoundSettings(channels: .downmix, quantisation: .s16),
            fit: LengthFit(.silence, length: 480_000),
            spectrum: SpectrumSettings(
                shape: .hannPeriodic, windowLength: 400, hop: 160, fftSize: 400,
                centring: .reflect, dropsLastFrame: true),
            mel: MelSettings(
                bands: bands, lowFrequency: 0, highFrequency: 8_000, scale: .slaney, norm: .area),
            logarithm: LogarithmSettings(unit: .decimal, floor: 1e-10, range: 8), frames: 3000,
            normalisation: NormalisationSettings(.sigma, mean: -4, deviation: 4))
    }
}
