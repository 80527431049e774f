extension LogMelPreset {
    /// A constant that no front end can have.
    public struct Flaw: Error, CustomStringConvertible, Sendable, Equatable {
        public let preset: String

        /// Path of the constant in the preset, such as `spectrum.hop`.
        public let field: String

        public let reason: String

        public var description: String {
            "cannot use log-mel preset \(preset): \(field) \(reason)"
        }
    }

    /// Checks every constant, and those that must suit each other.
    ///
    /// - Throws: A ``Flaw`` that names the first field that is wrong.
    public func validate() throws(Flaw) {
        if let flaw { throw flaw }
    }

    /// What is wrong with the first field that is; nil if none is.
    var flaw: Flaw? {
        requirements.first { !$0.isRight }.map {
            Flaw(preset: name, field: $0.field, reason: $0.reason)
        }
    }

    private typealias Requirement = (isRight: Bool, field: String, reason: String)

    private var requirements: [Requirement] {
        soundRequirements + spectrumRequirements + melRequirements + valueRequirements
            + windowRequirements
    }

    private var soundRequirements: [Requirement] {
        [
            (
                1_000...768_000 ~= sound.sampleRate, "sound.sampleRate",
                "is \(sound.sampleRate), not between 1,000 and 768,000 Hz"
            ),
            (
                sound.resampling == .swresample
                    || sound.channels == .left && sound.quantisation == .s16,
                "sound.resampling", "moviepy-pick asks for channels left and quantisation s16"
            ),
            (
                fit.kind == .none || 1...100_000_000 ~= fit.length, "fit.length",
                "is \(fit.length), not between 1 and 100,000,000 samples"
            ),
            (fit.amplitude.map { $0 > 0 } ?? true, "fit.amplitude", "is not positive"),
            (
                !keepsWaveform || fit.kind != .none, "keepsWaveform",
                "asks for windows of one length: fit.kind is none"
            ),
        ]
    }

    private var spectrumRequirements: [Requirement] {
        let (window, size) = (spectrum.windowLength, spectrum.fftSize)
        return [
            (
                2...65_536 ~= size && size % 2 == 0, "spectrum.fftSize",
                "is \(size), not 2 … 65,536 and even"
            ),
            (2...65_536 ~= window, "spectrum.windowLength", "is \(window), not 2 … 65,536"),
            (
                window <= size, "spectrum.windowLength",
                "is \(window), more than the transform's \(size)"
            ),
            (
                spectrum.centring == .none || window == size, "spectrum.windowLength",
                "is \(window); centred frames are as long as the transform, \(size)"
            ),
            (1...1_000_000 ~= spectrum.hop, "spectrum.hop", "is \(spectrum.hop), not positive"),
            (
                spectrum.centring != .none || !spectrum.dropsLastFrame, "spectrum.dropsLastFrame",
                "asks for centred frames"
            ),
            (
                0...1 ~= spectrum.preemphasis, "spectrum.preemphasis",
                "is \(spectrum.preemphasis), not between 0 and 1"
            ),
            (
                1e-6...1e6 ~= spectrum.scale, "spectrum.scale",
                "is \(spectrum.scale), not between 1e-6 and 1e6"
            ),
        ]
    }

    private var melRequirements: [Requirement] {
        guard let mel else { return [] }
        let nyquist = Double(sound.sampleRate) / 2
        return [
            (1...4_096 ~= mel.bands, "mel.bands", "is \(mel.bands), not between 1 and 4,096"),
            (
                0..<nyquist ~= mel.lowFrequency, "mel.lowFrequency",
                "is \(mel.lowFrequency) Hz, not between 0 and half the sample rate"
            ),
            (
                mel.highFrequency > mel.lowFrequency && mel.highFrequency <= nyquist,
                "mel.highFrequency",
                "is \(mel.highFrequency) Hz, not between mel.lowFrequency and half the sample rate"
            ),
            (
                mel.precision == .double
                    || mel.scale == .kaldi && mel.slope == .mel && mel.norm == .peak,
                "mel.precision", "torchaudio asks for scale kaldi, slope mel and norm peak"
            ),
        ]
    }

    private var valueRequirements: [Requirement] {
        [
            (
                logarithm.floor >= 0 && logarithm.offset >= 0
                    && max(logarithm.floor, logarithm.offset) >= 1e-30 && logarithm.floor < 1e30
                    && logarithm.offset < 1e30,
                "logarithm.floor", "and logarithm.offset are both 0, or out of range"
            ),
            (logarithm.range.map { $0 > 0 } ?? true, "logarithm.range", "is not positive"),
            (normalisation.mean.isFinite, "normalisation.mean", "is not a number"),
            (
                normalisation.deviation > 0 && normalisation.deviation.isFinite,
                "normalisation.deviation", "is \(normalisation.deviation), not positive"
            ),
            (
                frames.map { 1...1_000_000 ~= $0 } ?? true, "frames",
                "is not between 1 and 1,000,000"
            ),
        ]
    }

    private var windowRequirements: [Requirement] {
        let limits = 1...1_000_000
        switch windows {
        case .segments, .whole: return []
        case .seconds(let count):
            return [(limits ~= count ?? 1, "windows.seconds.count", "is not positive")]
        case .spread(let count, let length, let margin, _):
            return [
                (limits ~= count, "windows.spread.count", "is \(count), not positive"),
                (1...100_000_000 ~= length, "windows.spread.length", "is \(length), not positive"),
                (
                    margin >= length && margin <= 100_000_000, "windows.spread.margin",
                    "is \(margin), less than the length"
                ),
            ]
        case .slices(let count, let frames):
            return [
                (limits ~= count, "windows.slices.count", "is \(count), not positive"),
                (limits ~= frames, "windows.slices.frames", "is \(frames), not positive"),
                (
                    spectrum.centring == .none && fit.kind == .none, "windows",
                    "slices asks for frames that are not centred and no fit"
                ),
            ]
        case .examples(let count, let frames):
            return [
                (limits ~= count ?? 1, "windows.examples.count", "is not positive"),
                (limits ~= frames, "windows.examples.frames", "is \(frames), not positive"),
                (
                    spectrum.centring == .none && fit.kind == .none, "windows",
                    "examples asks for frames that are not centred and no fit"
                ),
            ]
        }
    }
}
