extension LogMelPreset {
    /// VGGSound by Chen, Xie, Vedaldi and Zisserman (arXiv:2004.14368): a spectrogram `[257, 1004]` of ten seconds.
    public static let vggSound = LogMelPreset(
        name: "vggsound", sound: .ffmpegMono, windows: .whole,
        fit: LengthFit(.repeatAndCut, length: 160_000, amplitude: 1),
        spectrum: SpectrumSettings(
            shape: .tukey, windowLength: 512, hop: 159, fftSize: 512, removesFrameMean: true,
            measure: .density),
        mel: nil, logarithm: LogarithmSettings(unit: .natural, offset: 1e-7), frames: 1004,
        normalisation: NormalisationSettings(.window, deviation: 1e-9), layout: .bandsFirst)
}
