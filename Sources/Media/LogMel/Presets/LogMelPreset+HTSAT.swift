extension LogMelPreset {
    /// HTS-AT by Chen and others (arXiv:2202.00874); batch norm and the stretch to 1,024 frames are the network's.
    public static let htsat = htsat("htsat", windows: .segments)

    /// DG-SCT (arXiv:2311.05152): a second of sound, repeated to ten, and HTS-AT's values of it.
    ///
    /// The script that made the published waveforms is not public; that it kept the mean of the channels is assumed.
    public static let dgsctWave: LogMelPreset = {
        var preset = htsat("dgsct-wave", windows: .seconds(count: nil))
        preset.fit = LengthFit(.repeatAndCut, length: 320_000)
        preset.keepsWaveform = true
        return preset
    }()

    private static func htsat(_ name: String, windows: WindowPolicy) -> LogMelPreset {
        LogMelPreset(
            name: name, sound: SoundSettings(sampleRate: 32_000), windows: windows,
            spectrum: SpectrumSettings(
                shape: .hannPeriodic, windowLength: 1024, hop: 320, fftSize: 1024,
                centring: .reflect),
            mel: MelSettings(
                bands: 64, lowFrequency: 50, highFrequency: 14_000, scale: .slaney, norm: .area),
            logarithm: LogarithmSettings(unit: .decibel, floor: 1e-10))
    }
}
