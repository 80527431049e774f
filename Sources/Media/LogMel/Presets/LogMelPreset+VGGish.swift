/// VGGish by Hershey and others (arXiv:1609.09430).
extension LogMelPreset {
    /// As many examples of 0.96 s as a clip holds; ten of AVE's.
    ///
    /// The published code resamples with resampy, this one with FFmpeg.
    public static let vggish = vggish(
        "vggish", SoundSettings(), .examples(count: nil, frames: 96), .silence)

    /// The first example of each of 60 seconds, of a second that is repeated where a clip has fewer.
    public static let musicAVQAVGGish = vggish(
        "music-avqa-vggish", .moviePy, .seconds(count: 60), .repeatLast)

    /// The first five examples of a clip, the last of which is repeated where there are fewer.
    public static let avsBench = vggish(
        "avsbench", .moviePy, .examples(count: 5, frames: 96), .repeatLast)

    private static func vggish(
        _ name: String, _ sound: SoundSettings, _ windows: WindowPolicy, _ shortage: Shortage
    ) -> LogMelPreset {
        LogMelPreset(
            name: name, sound: sound, windows: windows, shortage: shortage,
            spectrum: SpectrumSettings(
                shape: .hannPeriodic, windowLength: 400, hop: 160, fftSize: 512,
                measure: .magnitude),
            mel: MelSettings(
                bands: 64, lowFrequency: 125, highFrequency: 7_500, scale: .kaldi, slope: .mel),
            logarithm: LogarithmSettings(unit: .natural, offset: 0.01), frames: 96)
    }
}
