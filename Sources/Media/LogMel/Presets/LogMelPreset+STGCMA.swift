/// STG-CMA (kaiw7/STG-CMA), whose windows are those of LAVISH.
extension LogMelPreset {
    /// On AVE, with its CLIP backbone.
    public static let stgcmaAVEClip = LogMelPreset.kaldi(
        "stgcma-ave-clip", sound: .moviePy, windows: .spreadSecond, bands: 128, frames: 102,
        lavishNorm(-4.1426, 3.2001))

    /// On AVE, with its Swin backbone; the statistics are those of 128 bands.
    public static let stgcmaAVESwin = LogMelPreset.kaldi(
        "stgcma-ave-swin", sound: .moviePy, windows: .spreadSecond, shift: 4.4, bands: 224,
        frames: 224, lavishNorm(-4.1426, 3.2001))

    /// On MUSIC-AVQA; of each window only the first second is used.
    public static let stgcmaAVQA = LogMelPreset.kaldi(
        "stgcma-avqa", sound: .moviePy, windows: .spreadTwoSeconds, shift: 4.4, bands: 224,
        frames: 224, lavishNorm(-5.214385986328125, 3.8699076175689697))

    /// On AVSBench.
    public static let stgcmaAVS = LogMelPreset.kaldi(
        "stgcma-avs", sound: .moviePy, windows: .fiveTwoSeconds, shift: 4.4, bands: 224,
        frames: 224, lavishNorm(-5.669627666473389, 3.948380470275879))
}
