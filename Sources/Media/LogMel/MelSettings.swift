/// A bank of triangular filters, equally spaced on a scale of pitch.
public struct MelSettings: Sendable, Codable, Equatable {
    /// Pitch as a function of frequency.
    public enum Scale: String, Sendable, Codable, CaseIterable {
        /// 1127 ln(1 + f / 700)
        case kaldi

        /// 2595 log₁₀(1 + f / 700)
        case htk

        /// Slaney's Auditory Toolbox: linear below 1 kHz, 200/3 Hz a unit, and logarithmic above, 27 units for a factor
        /// of 6.4.
        case slaney
    }

    /// On what the sides of a triangle are straight.
    public enum Slope: String, Sendable, Codable, CaseIterable {
        case mel
        case hertz
    }

    /// How high a triangle is.
    public enum Norm: String, Sendable, Codable, CaseIterable {
        /// Its height is 1.
        case peak

        /// Its area over frequency in hertz is 1.
        case area
    }

    /// How weights are computed.
    public enum Precision: String, Sendable, Codable, CaseIterable {
        case double

        /// In single precision, in the order of operations of torchaudio's `get_mel_banks`.
        ///
        /// Where a filter just touches a bin, its weight depends on the last bits: to 0.2 % of the weight with 128 bands,
        /// to 0.8 % with 224.
        case torchaudio
    }

    public var bands: Int

    /// Lower end of the lowest band in hertz.
    public var lowFrequency: Double

    /// Upper end of the highest band in hertz.
    public var highFrequency: Double

    public var scale: Scale
    public var slope: Slope
    public var norm: Norm
    public var precision: Precision

    public init(
        bands: Int, lowFrequency: Double, highFrequency: Double, scale: Scale,
        slope: Slope = .hertz, norm: Norm = .peak, precision: Precision = .double
    ) {
        self.bands = bands
        self.lowFrequency = lowFrequency
        self.highFrequency = highFrequency
        self.scale = scale
        self.slope = slope
        self.norm = norm
        self.precision = precision
    }
}
