import Foundation
import Media
import Tensors
import TestSupport
import Testing

@Suite("Log-mel")
struct LogMelTests {
    static let floor: Float = -15.942385

    @Test(arguments: ["noise", "speech", "music", "chirp", "silence", "click"])
    func filterBankAgreesWithTorchaudio(_ name: String) throws {
        let reference = try Reference.tensors("logmel")
        let samples = try reference.tensor("\(name).samples")
        let values = LogMelExtractor(.ast).filterBank(samples.elements)
        let (published, exact) = try (
            reference.tensor("\(name).fbank"), reference.tensor("\(name).exact")
        )
        #expect(values.shape == exact.shape)
        #expect(greatestDifference(values, exact) < 1e-4)
        #expect(greatestDifference(values, published, unless: exact) < 2e-4)
    }

    @Test(arguments: [(0, 0), (1, 0), (399, 0), (400, 1), (401, 1), (559, 1), (560, 2)])
    func framesLieWhollyInsideTheSamples(_ samples: Int, _ frames: Int) {
        let values = LogMelExtractor(.ast).filterBank([Float](repeating: 0.5, count: samples))
        #expect(values.shape == [frames, 128])
        #expect(values.elements.allSatisfy { abs($0 - Self.floor) < 2e-6 })
    }

    @Test(arguments: [
        ("ast", 160_000, 998), ("ast", 16_000, 98), ("lavish-swin", 16_000, 188),
        ("lavish-avqa", 31_200, 193), ("stgcma-ave-swin", 16_000, 223),
        ("stgcma-avqa", 31_200, 441), ("valor", 220_500, 1000), ("whisper-80", 480_000, 3000),
        ("htsat", 320_000, 1001), ("clap", 480_000, 1001), ("vggsound", 160_000, 1004),
        ("vggish", 15_600, 96), ("vggish", 160_000, 998), ("slaney", 22_050, 44),
    ])
    func framesAreCountedAsPublished(_ name: String, _ samples: Int, _ frames: Int) throws {
        let preset = try #require(LogMelPreset.named(name))
        #expect(preset.spectrum.frameCount(samples) == frames)
        let values = LogMelExtractor(preset).filterBank([Float](repeating: 0, count: samples))
        #expect(values.shape == [frames, preset.bands])
    }

    @Test(arguments: [
        ("ast", [3]), ("lavish-swin", [2, 5, 8, 11, 14, 19, 24, 29]), ("valor", []),
        (
            "stgcma-avqa",
            [2, 3, 6, 9, 10, 13, 16, 19, 20, 23, 28, 31, 34, 39, 44, 53]
        ), ("kaldi", []), ("vggish", []), ("whisper-128", []),
    ])
    func narrowFiltersAreEmpty(_ name: String, _ bands: [Int]) throws {
        let extractor = LogMelExtractor(try #require(LogMelPreset.named(name)))
        #expect(extractor.emptyBands == bands)
        let noise = (0..<8_000).map { sin(Float($0 * $0 % 977)) }
        let values = extractor.filterBank(noise)
        for index in values.elements.indices where bands.contains(index % values.columns) {
            #expect(abs(values.elements[index] - Self.floor) < 2e-6)
        }
    }

    @Test func silenceOutsideTheAudioIsNeitherShiftedNorValid() {
        let samples = (0..<32_000).map { $0 < 24_001 ? Float(0) : 0.25 + 0.1 * sin(Float($0)) }
        let windows = LogMelExtractor(.ast).windows(
            of: samples, audioRange: 24_001..<32_000, segments: 3, segmentDuration: 1)
        #expect(windows.valid == [false, false, false])
        let floor = (Self.floor + 4.2677393) / (2 * 4.5689974)
        let first = windows.values.elements.prefix(98 * 128)
        #expect(first.allSatisfy { abs($0 - floor) < 1e-6 })
        let padding = windows.values.elements[(98 * 128)..<(102 * 128)]
        #expect(padding.allSatisfy { abs($0 - 4.2677393 / (2 * 4.5689974)) < 1e-6 })
    }

    @Test func paddingAfterNormalisationIsZero() {
        let windows = LogMelExtractor(.lavishViT).windows(
            of: (0..<20_000).map { sin(Float($0)) }, audioRange: 0..<20_000, segments: 10,
            segmentDuration: 1)
        for window in 0..<10 {
            let values = windows.values.elements[(window * 102 * 128)...].prefix(102 * 128)
            #expect(values.suffix(4 * 128).allSatisfy { $0 == 0 })
            #expect(values.prefix(98 * 128).allSatisfy { $0 != 0 })
        }
    }

    @Test func theConstantPartOfAWaveformIsIgnored() {
        let noise = (0..<16_000).map { 0.2 * sin(Float($0 * $0 % 977)) }
        func values(_ offset: Float) -> Tensor {
            LogMelExtractor(.ast).windows(
                of: noise.map { $0 + offset }, audioRange: 0..<16_000, segments: 1,
                segmentDuration: 1
            ).values
        }
        #expect(greatestDifference(values(0), values(0.25)) < 1e-3)
    }

    @Test func theGivenMeanIsSubtracted() {
        let samples = [Float](repeating: 0.5, count: 16_000)
        var preset = LogMelPreset.ast
        preset.spectrum.removesFrameMean = false
        preset.frames = nil
        func greatest(_ mean: Double?) -> Float {
            LogMelExtractor(preset).windows(
                of: samples, audioRange: 0..<16_000, mean: mean, segments: 1, segmentDuration: 1
            ).values.elements.max()!
        }
        #expect(greatest(nil) == greatest(0.5) && greatest(0.25) > greatest(nil) + 0.5)
    }

    @Test func manyThreadsGiveTheSameValues() async throws {
        let samples = try Reference.tensors("logmel").tensor("speech.samples").elements
        let extractor = LogMelExtractor(.ast)
        let expected = extractor.filterBank(samples)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    LogMelExtractor(.ast).filterBank(samples) == expected
                        && extractor.filterBank(samples) == expected
                }
            }
            for await isEqual in group { #expect(isEqual) }
        }
    }

    @Test func aFrameDoesNotDependOnItsNeighbours() throws {
        let samples = try Reference.tensors("logmel").tensor("speech.samples").elements
        let extractor = LogMelExtractor(.lavishSwin)
        let all = extractor.filterBank(samples)
        for frame in [0, 5, 17, all.rows - 1] {
            let alone = extractor.filterBank(samples[(frame * 83)..<(frame * 83 + 400)])
            #expect(alone.elements[...] == all.elements[(frame * 192)..<(frame * 192 + 192)])
        }
    }

    @Test func presetsAreFoundByTheirOwnNames() {
        for preset in LogMelPreset.all { #expect(LogMelPreset.named(preset.name) == preset) }
        #expect(Set(LogMelPreset.all.map(\.name)).count == LogMelPreset.all.count)
        #expect(LogMelPreset.named("none") == nil)
    }

    @Test func presetsSurviveJSON() throws {
        for preset in LogMelPreset.all {
            let data = try JSONEncoder().encode(preset)
            #expect(try JSONDecoder().decode(LogMelPreset.self, from: data) == preset)
        }
    }
}

/// Greatest difference of two elements at the same place.
func greatestDifference(_ x: Tensor, _ y: Tensor) -> Float {
    guard x.shape == y.shape else { return .infinity }
    return zip(x.elements, y.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

/// The same, leaving out where `published` is further than 1e-4 from what it rounds.
func greatestDifference(_ x: Tensor, _ published: Tensor, unless exact: Tensor) -> Float {
    guard x.shape == published.shape, x.shape == exact.shape else { return .infinity }
    return x.elements.indices.reduce(0) { greatest, i in
        abs(published.elements[i] - exact.elements[i]) > 1e-4
            ? greatest : max(greatest, abs(x.elements[i] - published.elements[i]))
    }
}

/// Whether the amplitudes of two filter banks are equal, up to 2.5e-4 (5e-4 of the logarithm) and 3e-7 of the loudest
/// amplitude in the frame: what rounding in `Float` leaves when the samples were resampled on different ways.
func agree(_ x: Tensor, _ y: Tensor) -> Bool {
    guard x.shape == y.shape else { return false }
    return (0..<y.rows).allSatisfy { row in
        let frame = row * y.columns..<(row + 1) * y.columns
        let loudest = exp(Double(y.elements[frame].max()!) / 2)
        return frame.allSatisfy { index in
            let (x, y) = (exp(Double(x.elements[index]) / 2), exp(Double(y.elements[index]) / 2))
            return abs(x - y) <= 2.5e-4 * y + 3e-7 * loudest
        }
    }
}
