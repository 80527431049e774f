extension LogMelPreset {
    /// A front end as Kaldi's `compute-fbank-feats` has it, for samples between −1 and 1.
    ///
    /// `torchaudio.compliance.kaldi.fbank` computes it with `htk_compat=True`, `use_energy=False` and `dither=0`, and
    /// the published pipelines with `window_type='hanning'` in place of Kaldi's own window. Window and shift are
    /// rounded down to samples; the transform is the least power of two that holds a window.
    ///
    /// - Parameters:
    ///   - name: Name of the preset.
    ///   - sound: Its rate is that of the front end.
    ///   - waveformMean: What becomes of the waveform's mean.
    ///   - windows: How windows lie in a clip.
    ///   - shape: The analysis window.
    ///   - shift: Milliseconds from frame to frame.
    ///   - scale: What samples are multiplied by.
    ///   - bands: Number of mel bands.
    ///   - frames: Frames of a window; nil for as many as it has.
    ///   - normalisation: What becomes of the logarithms.
    /// - Returns: The preset.
    static func kaldi(
        _ name: String, sound: SoundSettings = SoundSettings(),
        waveformMean: WaveformMean = .subtracted, windows: WindowPolicy = .segments,
        shape: SpectrumSettings.Shape = .hannSymmetric, shift: Double = 10, scale: Double = 1,
        bands: Int, frames: Int?, _ normalisation: NormalisationSettings
    ) -> LogMelPreset {
        let rate = Double(sound.sampleRate)
        let windowLength = Int(rate * 25 * 0.001)
        var fftSize = 1
        while fftSize < windowLength { fftSize *= 2 }
        return LogMelPreset(
            name: name, sound: sound, waveformMean: waveformMean, windows: windows,
            spectrum: SpectrumSettings(
                shape: shape, windowLength: windowLength, hop: Int(rate * shift * 0.001),
                fftSize: fftSize, removesFrameMean: true, preemphasis: 0.97, scale: scale),
            mel: MelSettings(
                bands: bands, lowFrequency: 20, highFrequency: rate / 2, scale: .kaldi,
                slope: .mel, precision: .torchaudio),
            logarithm: LogarithmSettings(unit: .natural, floor: 1.1920929e-07), frames: frames,
            normalisation: normalisation)
    }

    /// Kaldi's own defaults: its window, 23 bands, and samples scaled to ±32,768.
    public static let kaldi = LogMelPreset.kaldi(
        "kaldi", waveformMean: .kept, shape: .povey, scale: 32_768, bands: 23, frames: nil,
        NormalisationSettings())
}
