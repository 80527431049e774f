/// A published log-mel front end, constant by constant.
///
/// The front end is that of Kaldi as `torchaudio.compliance.kaldi.fbank` computes it with `htk_compat=True`,
/// `use_energy=False`, `dither=0` and `window_type='hanning'`. A preset that differs in any constant has another name.
public struct LogMelPreset: Sendable, Codable, Equatable {
    /// How windows lie in a clip.
    public enum WindowPolicy: Sendable, Codable, Equatable {
        /// Window t covers segment t of the timeline, [t·d, (t+1)·d).
        case segments

        /// Windows of `length` samples start at linspace(0, N − margin, T), rounded down, of N samples; if N is at
        /// most `margin`, each window is the whole clip.
        case spread(length: Int, margin: Int)
    }

    /// What divides a value after the mean is subtracted.
    public enum Normalisation: String, Sendable, Codable {
        /// (x − μ) / 2σ
        case twoSigma = "two-sigma"

        /// (x − μ) / σ
        case sigma
    }

    /// When missing frames are added.
    public enum Order: String, Sendable, Codable {
        /// Missing frames are zeros that are normalised like all others.
        case padThenNormalise = "pad-then-normalise"

        /// Missing frames are zeros after normalisation.
        case normaliseThenPad = "normalise-then-pad"
    }

    public var name: String

    /// Samples per second.
    public var sampleRate: Int

    /// Samples of an analysis window.
    public var windowLength: Int

    /// Samples from one analysis window to the next.
    public var hop: Int

    /// Points of the transform; the least power of two that holds a window.
    public var fftSize: Int

    /// Each sample is diminished by this share of the one before.
    public var preemphasis: Double

    public var melBands: Int

    /// Lower end of the lowest band in hertz.
    public var lowFrequency: Double

    /// Upper end of the highest band in hertz.
    public var highFrequency: Double

    public var windowPolicy: WindowPolicy

    /// Frames of a window, after padding or cutting.
    public var targetFrames: Int

    /// μ of the normalisation.
    public var mean: Float

    /// σ of the normalisation.
    public var deviation: Float

    public var normalisation: Normalisation
    public var order: Order

    /// A front end at 16 kHz with windows of 25 ms; what is left to say tells presets apart.
    public init(
        name: String, sampleRate: Int = 16_000, windowLength: Int = 400, hop: Int = 160,
        fftSize: Int = 512, preemphasis: Double = 0.97, melBands: Int = 128,
        lowFrequency: Double = 20, highFrequency: Double = 8_000, windowPolicy: WindowPolicy,
        targetFrames: Int, mean: Float, deviation: Float,
        normalisation: Normalisation = .twoSigma, order: Order
    ) {
        self.name = name
        self.sampleRate = sampleRate
        self.windowLength = windowLength
        self.hop = hop
        self.fftSize = fftSize
        self.preemphasis = preemphasis
        self.melBands = melBands
        self.lowFrequency = lowFrequency
        self.highFrequency = highFrequency
        self.windowPolicy = windowPolicy
        self.targetFrames = targetFrames
        self.mean = mean
        self.deviation = deviation
        self.normalisation = normalisation
        self.order = order
    }
}
