import Foundation
import Media

/// One constant of a preset that has another value.
struct PresetChange {
    let field: String
    let value: String
    private let json: JSON

    /// Every constant, one at a time.
    static func all(of preset: LogMelPreset) throws -> [PresetChange] {
        let data = try JSONEncoder().encode(preset)
        return try JSONDecoder().decode(JSON.self, from: data).changes.map {
            PresetChange(field: $0.path.joined(separator: "."), value: $0.value, json: $0.json)
        }.filter { !$0.isWithoutEffect(in: preset) }
    }

    /// Constants that cannot change the values of the reference's samples, and why.
    private func isWithoutEffect(in preset: LogMelPreset) -> Bool {
        switch field {
        case "name": true
        // They act before there are samples, or keep them: see the tests on sound and on windows.
        case "sound.channels", "sound.resampling", "sound.quantisation", "sound.extent",
            "keepsWaveform":
            true
        // They act where sound is short or too loud: see the tests on windows.
        case "shortage", "windows.spread.takesWhole", "fit.amplitude": true
        // A second is repeated ten times, so there is nothing to pad.
        case "fit.kind": preset.name == "dgsct-wave" && value == "repeat-and-pad"
        case "fit.length": preset.fit.kind == .none
        case "normalisation.mean": [.none, .window].contains(preset.normalisation.kind)
        // Beside a standard deviation of about 3, ε = 1e-9 does not show in Float.
        case "normalisation.deviation": [.none, .window].contains(preset.normalisation.kind)
        // (x − 0) / 1
        case "normalisation.kind": preset.normalisation.kind == .none && value == "sigma"
        case "normalisation.order": !Self.padded.contains(preset.name)
        // A factor is lost in the division by the standard deviation.
        case "logarithm.unit": preset.normalisation.kind == .window
        // Each frame loses its own mean anyway; or no band reaches down to where a constant shows.
        case "waveformMean":
            preset.spectrum.removesFrameMean || Self.hasNoBandNearZero(preset)
        case "spectrum.removesFrameMean": Self.hasNoBandNearZero(preset)
        // The last of 3,001 frames is cut anyway.
        case "spectrum.dropsLastFrame": preset.spectrum.dropsLastFrame && preset.frames != nil
        // The two scales differ by a factor, which leaves all filters where they are.
        case "mel.scale": preset.mel?.scale != .slaney && value != "slaney"
        // With few bands none just touches a bin; noise hides it.
        case "mel.precision": preset.bands < 128 || preset.name == "ast-speech-commands"
        default: false
        }
    }

    /// Presets of which the reference has frames that were added.
    private static let padded: Set = [
        "ast", "ast-esc50", "ast-speech-commands", "ast-whole", "cavmae", "lavish-avs-1s",
        "lavish-swin", "lavish-vit", "stgcma-ave-clip", "stgcma-ave-swin", "valor",
    ]

    /// The periodic Hann window puts a constant into the bins 0 and 1 alone.
    private static func hasNoBandNearZero(_ preset: LogMelPreset) -> Bool {
        let spectrum = preset.spectrum
        let width = Double(preset.sound.sampleRate) / Double(spectrum.fftSize)
        return spectrum.shape == .hannPeriodic && spectrum.windowLength == spectrum.fftSize
            && (preset.mel?.lowFrequency ?? 0) >= width
    }

    /// The preset cannot be, has another shape, or makes other values of the reference's samples.
    func isNoticed(by reference: PresetReference) throws -> Bool {
        let data = try JSONEncoder().encode(json)
        let changed = try JSONDecoder().decode(LogMelPreset.self, from: data)
        do { try changed.validate() } catch { return true }
        guard let deviation = reference.deviation(of: changed) else { return true }
        return deviation.exact >= 1e-4
    }
}

/// A JSON value that can be changed in one place.
indirect enum JSON: Codable {
    case object([String: JSON])
    case text(String)
    case number(Double)
    case flag(Bool)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .object(let fields): try container.encode(fields)
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        }
    }

    /// This value with one leaf changed, for each of its leaves and, where that is a word, for each other word.
    var changes: [(path: [String], value: String, json: JSON)] { changes(at: []) }

    private func changes(at path: [String]) -> [(path: [String], value: String, json: JSON)] {
        switch self {
        case .flag(let flag): [(path, "\(!flag)", .flag(!flag))]
        case .number(let number):
            [number + step(path, number)].map { (path, "\($0)", .number($0)) }
        case .text(let text):
            (Self.words[path.joined(separator: ".")] ?? []).filter { $0 != text }
                .map { (path, $0, .text($0)) }
        case .object(let fields):
            fields.sorted { $0.key < $1.key }.flatMap { key, field in
                field.changes(at: path + [key]).map { change in
                    var changed = fields
                    changed[key] = change.json
                    return (change.path, change.value, .object(changed))
                }
            }
        }
    }

    /// A whole number becomes the next one that may stand in its place, any other grows by a hundredth.
    private func step(_ path: [String], _ number: Double) -> Double {
        switch path.last {
        case "fftSize": 2
        case "highFrequency": -1
        // By one sample more, no frame need change.
        case "length": -(number / 2).rounded()
        // Of 32,768 or 16,000 a difference of one is below 1e-4 of the logarithm.
        case "scale", "sampleRate": (number / 100).rounded(.up)
        // Sound that is not silent lies above the floor.
        case "floor" where number > 0 && number < 1e-8: number * 1e8
        default: number == number.rounded() ? 1 : number / 100
        }
    }

    private static let words: [String: [String]] = [
        "sound.channels": SoundSettings.Channels.allCases.map(\.rawValue),
        "sound.resampling": SoundSettings.Resampling.allCases.map(\.rawValue),
        "sound.quantisation": SoundSettings.Quantisation.allCases.map(\.rawValue),
        "sound.extent": SoundSettings.Extent.allCases.map(\.rawValue),
        "waveformMean": LogMelPreset.WaveformMean.allCases.map(\.rawValue),
        "shortage": LogMelPreset.Shortage.allCases.map(\.rawValue),
        "layout": LogMelPreset.Layout.allCases.map(\.rawValue),
        "fit.kind": LengthFit.Kind.allCases.map(\.rawValue),
        "spectrum.shape": SpectrumSettings.Shape.allCases.map(\.rawValue),
        "spectrum.centring": SpectrumSettings.Centring.allCases.map(\.rawValue),
        "spectrum.measure": SpectrumSettings.Measure.allCases.map(\.rawValue),
        "mel.scale": MelSettings.Scale.allCases.map(\.rawValue),
        "mel.slope": MelSettings.Slope.allCases.map(\.rawValue),
        "mel.norm": MelSettings.Norm.allCases.map(\.rawValue),
        "mel.precision": MelSettings.Precision.allCases.map(\.rawValue),
        "logarithm.unit": LogarithmSettings.Unit.allCases.map(\.rawValue),
        "normalisation.kind": NormalisationSettings.Kind.allCases.map(\.rawValue),
        "normalisation.order": NormalisationSettings.Order.allCases.map(\.rawValue),
    ]
}
