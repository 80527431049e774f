/// How samples become a spectrum: frames, window and transform.
public struct SpectrumSettings: Sendable, Codable, Equatable {
    /// The weights of a frame's samples, i = 0 … n − 1.
    public enum Shape: String, Sendable, Codable, CaseIterable {
        /// ½ − ½ cos(2πi / (n − 1))
        case hannSymmetric = "hann-symmetric"

        /// ½ − ½ cos(2πi / n)
        case hannPeriodic = "hann-periodic"

        /// Kaldi's own: the symmetric Hann window to the power of 0.85.
        case povey

        /// Level but for an eighth of n + 1 points at both ends, which are halves of a Hann window.
        case tukey
    }

    /// Where frames lie.
    public enum Centring: String, Sendable, Codable, CaseIterable {
        /// Frame k begins at sample k · hop; frames lie wholly inside the samples.
        case none

        /// Frame k has its centre at sample k · hop; the samples are mirrored at both ends.
        case reflect

        /// The same; around the samples there is silence.
        case zeros
    }

    /// What is taken of a complex spectrum.
    public enum Measure: String, Sendable, Codable, CaseIterable {
        /// |X|²
        case power

        /// |X|
        case magnitude

        /// |X|² / (rate · Σw²), twice that between the ends: power for each hertz.
        case density
    }

    public var shape: Shape

    /// Samples of a frame.
    public var windowLength: Int

    /// Samples from one frame to the next.
    public var hop: Int

    /// Points of the transform; frames are followed by zeros.
    public var fftSize: Int

    public var centring: Centring

    /// The last of the centred frames is left out.
    public var dropsLastFrame: Bool

    /// Each frame loses its mean.
    public var removesFrameMean: Bool

    /// Each sample is diminished by this share of the one before, the first one by this share of itself.
    public var preemphasis: Double

    /// Samples are multiplied by it.
    public var scale: Double

    public var measure: Measure

    /// Creates settings; what has a default is what most front ends do.
    public init(
        shape: Shape, windowLength: Int, hop: Int, fftSize: Int, centring: Centring = .none,
        dropsLastFrame: Bool = false, removesFrameMean: Bool = false, preemphasis: Double = 0,
        scale: Double = 1, measure: Measure = .power
    ) {
        self.shape = shape
        self.windowLength = windowLength
        self.hop = hop
        self.fftSize = fftSize
        self.centring = centring
        self.dropsLastFrame = dropsLastFrame
        self.removesFrameMean = removesFrameMean
        self.preemphasis = preemphasis
        self.scale = scale
        self.measure = measure
    }

    /// Number of frames of that many samples.
    public func frameCount(_ sampleCount: Int) -> Int {
        switch centring {
        case .none: sampleCount < windowLength ? 0 : 1 + (sampleCount - windowLength) / hop
        case .reflect, .zeros:
            sampleCount == 0 ? 0 : (dropsLastFrame ? 0 : 1) + sampleCount / hop
        }
    }

    /// Number of samples that so many frames need.
    func sampleCount(_ frames: Int) -> Int { windowLength + (frames - 1) * hop }
}
