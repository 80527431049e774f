import Media
import Tensors
import TestSupport

/// What published libraries compute for a preset, of a clip that holds every signal of `tools/references/logmel.py`.
struct PresetReference: Sendable {
    let preset: LogMelPreset
    let segments: Int
    let segmentDuration: Double
    let samples: [Float]

    /// Every `step`-th frame of all windows, in the precision of the published code and in double.
    private let published: Tensor
    private let exact: Tensor
    private let step: Int

    /// The signals in the order in which the script puts them.
    private static let signals = Result {
        let tensors = try Reference.tensors("logmel")
        return try ["noise", "speech", "music", "chirp", "silence", "click"].flatMap {
            try tensors.tensor("\($0).samples").elements
        }
    }

    /// Lengths that differ from ten seconds, as the script has them.
    private static let lengths = [
        "ast-esc50": 80_320, "ast-speech-commands": 16_000, "avsbench": 80_320,
        "lavish-avs": 80_320, "lavish-avs-1s": 80_320, "stgcma-avs": 80_320, "vggsound": 123_456,
    ]

    /// Number and seconds of segments that are not ten of one second.
    private static let cuts = [
        "avsbench": (5, 1.0), "clap": (3, 3.0), "clap-rand-trunc": (3, 3.0),
        "whisper-80": (2, 5.0), "whisper-128": (2, 5.0),
    ]

    init(_ preset: LogMelPreset, table: String? = nil) throws {
        self.preset = preset
        let name = table ?? preset.name
        (segments, segmentDuration) = Self.cuts[name] ?? (10, 1)
        let signals = try Self.signals.get()
        let count = Self.lengths[name] ?? 10 * preset.sound.sampleRate
        samples = (0..<count).map { signals[$0 % signals.count] }
        let tensors = try Reference.tensors("logmel-presets")
        published = try tensors.tensor("\(name).published")
        exact = try tensors.tensor("\(name).exact")
        step = Int(try tensors.tensor("\(name).shape").elements[3])
    }

    /// How far values are from the reference.
    struct Deviation {
        /// Greatest difference from double precision.
        var exact: Float = 0

        /// Greatest difference from the published code where that is within 1e-4 of double precision.
        var published: Float = 0

        /// Number of values for which the published code is further than that from double precision, and by how much.
        var rounded = 0
        var rounding: Float = 0
        var count = 0
    }

    /// Compares what another preset makes of the samples, in logarithms: before the division by σ or 2σ.
    ///
    /// - Returns: nil if the shapes differ.
    func deviation(of other: LogMelPreset) -> Deviation? {
        guard other.layout == preset.layout, other.bands == exact.columns else { return nil }
        let windows = LogMelExtractor(other).windows(
            of: samples, audioRange: samples.indices, segments: segments,
            segmentDuration: segmentDuration)
        guard
            windows.values.shape
                == preset.shape(segments: segments, segmentDuration: segmentDuration)
        else { return nil }
        let (bands, rows) = (exact.columns, exact.rows)
        let frames = windows.values.count / windows.starts.count / bands
        var deviation = Deviation(count: exact.count)
        for row in 0..<rows {
            let (window, frame) = (row * step).quotientAndRemainder(dividingBy: frames)
            for band in 0..<bands {
                let place =
                    preset.layout == .framesFirst ? frame * bands + band : band * frames + frame
                let value = windows.values.elements[window * frames * bands + place]
                let (exact, published) = (
                    exact.elements[row * bands + band], published.elements[row * bands + band]
                )
                let rounding = abs(published - exact) * divisor
                deviation.exact = max(deviation.exact, abs(value - exact) * divisor)
                deviation.rounding = max(deviation.rounding, rounding)
                if rounding > 1e-4 {
                    deviation.rounded += 1
                } else {
                    deviation.published = max(
                        deviation.published, abs(value - published) * divisor)
                }
            }
        }
        return deviation
    }

    private var divisor: Float {
        switch preset.normalisation.kind {
        case .none, .window: 1
        case .sigma: Float(preset.normalisation.deviation)
        case .twoSigma: 2 * Float(preset.normalisation.deviation)
        }
    }
}
