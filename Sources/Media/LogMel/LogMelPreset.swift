/// A log-mel front end, constant by constant: a plain value that goes whole into a recipe.
///
/// Published ones have names; one that differs in any constant has another name. Values that were not written by hand in
/// this module are checked with ``validate()``.
public struct LogMelPreset: Sendable, Codable, Equatable {
    /// What becomes of the constant part of a clip's samples.
    public enum WaveformMean: String, Sendable, Codable, CaseIterable {
        case kept

        /// The mean over the clip, and over both channels where two were read, is subtracted.
        case subtracted
    }

    /// What stands for windows beyond the end of the sound; they are not valid in either case.
    public enum Shortage: String, Sendable, Codable, CaseIterable {
        case silence

        /// The last window that is whole, again.
        case repeatLast = "repeat-last"
    }

    /// Order of the axes of a window.
    public enum Layout: String, Sendable, Codable, CaseIterable {
        /// `[frames, bands]`
        case framesFirst = "frames-first"

        /// `[bands, frames]`
        case bandsFirst = "bands-first"
    }

    public var name: String
    public var sound: SoundSettings
    public var waveformMean: WaveformMean
    public var windows: WindowPolicy
    public var shortage: Shortage
    public var fit: LengthFit
    public var spectrum: SpectrumSettings

    /// The filters; nil for the bins of the spectrum as they are.
    public var mel: MelSettings?

    public var logarithm: LogarithmSettings

    /// Frames of a window, after padding or cutting; nil for as many as it has.
    public var frames: Int?

    public var normalisation: NormalisationSettings
    public var layout: Layout

    /// The samples that are analysed are kept beside the values.
    public var keepsWaveform: Bool

    /// Creates a preset.
    public init(
        name: String, sound: SoundSettings = SoundSettings(),
        waveformMean: WaveformMean = .kept, windows: WindowPolicy = .segments,
        shortage: Shortage = .silence, fit: LengthFit = LengthFit(), spectrum: SpectrumSettings,
        mel: MelSettings?, logarithm: LogarithmSettings, frames: Int? = nil,
        normalisation: NormalisationSettings = NormalisationSettings(),
        layout: Layout = .framesFirst, keepsWaveform: Bool = false
    ) {
        self.name = name
        self.sound = sound
        self.waveformMean = waveformMean
        self.windows = windows
        self.shortage = shortage
        self.fit = fit
        self.spectrum = spectrum
        self.mel = mel
        self.logarithm = logarithm
        self.frames = frames
        self.normalisation = normalisation
        self.layout = layout
        self.keepsWaveform = keepsWaveform
    }

    /// Number of bands, or of bins where there is no filter bank.
    public var bands: Int { mel?.bands ?? spectrum.fftSize / 2 + 1 }
}
