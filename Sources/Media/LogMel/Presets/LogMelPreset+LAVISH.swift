/// LAVISH by Lin, Sung, Lei, Bansal and Bertasius (arXiv:2212.07983).
extension LogMelPreset {
    /// On AVE, with its ViT backbone.
    public static let lavishViT = LogMelPreset.kaldi(
        "lavish-vit", sound: .moviePy, windows: .spreadSecond, bands: 128, frames: 102,
        lavishNorm(-4.1426, 3.2001))

    /// On AVE, with its Swin backbone.
    public static let lavishSwin = LogMelPreset.kaldi(
        "lavish-swin", sound: .moviePy, windows: .spreadSecond, shift: 5.2, bands: 192,
        frames: 192, lavishNorm(-4.984795570373535, 3.7079780101776123))

    /// On MUSIC-AVQA.
    public static let lavishAVQA = LogMelPreset.kaldi(
        "lavish-avqa", sound: .ffmpegMono, windows: .spreadTwoSeconds, bands: 192, frames: 192,
        lavishNorm(-5.385333061218262, 3.5928637981414795))

    /// On AVSBench; DG-SCT's code for it is the same.
    public static let lavishAVS = LogMelPreset.kaldi(
        "lavish-avs", sound: .moviePy, windows: .fiveTwoSeconds, bands: 192, frames: 192,
        lavishNorm(-5.210531711578369, 3.5918314456939697))

    /// On AVSBench by the command of its README, `--audio_length=1`.
    public static let lavishAVSSecond = LogMelPreset.kaldi(
        "lavish-avs-1s", sound: .moviePy, windows: .fiveSeconds, bands: 192, frames: 192,
        lavishNorm(-5.210531711578369, 3.5918314456939697))

    /// (x − μ) / 2σ before frames are added or cut.
    static func lavishNorm(_ mean: Double, _ deviation: Double) -> NormalisationSettings {
        NormalisationSettings(
            .twoSigma, mean: mean, deviation: deviation, order: .normaliseThenPad)
    }
}

/// Windows at 16 kHz that are not aligned with the seconds of the labels.
extension WindowPolicy {
    /// Ten of 1 s.
    static let spreadSecond = WindowPolicy.spread(
        count: 10, length: 16_000, margin: 17_600, takesWhole: true)

    /// Ten of 1.95 s.
    static let spreadTwoSeconds = WindowPolicy.spread(
        count: 10, length: 31_200, margin: 32_800, takesWhole: true)

    /// Five of 1.95 s.
    static let fiveTwoSeconds = WindowPolicy.spread(
        count: 5, length: 31_200, margin: 32_800, takesWhole: false)

    /// Five of 1 s.
    static let fiveSeconds = WindowPolicy.spread(
        count: 5, length: 16_000, margin: 17_600, takesWhole: false)
}
