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
        let expected = try reference.tensor("\(name).fbank")
        let values = LogMelExtractor(.ast).filterBank(samples.elements)
        #expect(values.shape == expected.shape)
        #expect(agree(values, expected))
    }

    @Test(arguments: ["ast", "lavish-vit"])
    func windowsAgreeWithThePublishedPipeline(_ name: String) throws {
        let reference = try Reference.tensors("logmel")
        let clip = try
            (reference.tensor("music.samples").elements
            + reference.tensor("speech.samples").elements).prefix(40_000)
        let expected = try reference.tensor("clip.\(name)")
        let preset = try #require(LogMelPreset.named(name))
        let windows = LogMelExtractor(preset).windows(
            of: Array(clip), audioRange: 0..<40_000, segments: 3, segmentDuration: 1)
        #expect(windows.values.shape == [3, 102, 128])
        // 1e-3 of the logarithm, divided by 2σ.
        #expect(greatestDifference(windows.values, expected) < 2e-4)
        #expect(windows.starts == (name == "ast" ? [0, 1, 2] : [0, 0.7, 1.4]))
        #expect(windows.valid == [true, true, true])
    }

    @Test(arguments: [
        (160_000, [0, 15822, 31644, 47466, 63288, 79111, 94933, 110755, 126577, 142400]),
        (160_125, [0, 15836, 31672, 47508, 63344, 79180, 95016, 110852, 126688, 142525]),
        (96_000, [0, 8711, 17422, 26133, 34844, 43555, 52266, 60977, 69688, 78400]),
        (17_601, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        (17_600, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ])
    func spreadWindowsStartWhereThePipelineStartsThem(_ count: Int, _ starts: [Int]) {
        let windows = LogMelExtractor(.lavishViT).windows(
            of: [Float](repeating: 0.1, count: count), audioRange: 0..<count, segments: 10,
            segmentDuration: 1)
        #expect(windows.starts == starts.map { Double($0) / 16_000 })
        #expect(windows.valid.allSatisfy { $0 })
    }

    @Test(arguments: [(0, 0), (1, 0), (399, 0), (400, 1), (401, 1), (559, 1), (560, 2)])
    func framesLieWhollyInsideTheSamples(_ samples: Int, _ frames: Int) {
        let values = LogMelExtractor(.ast).filterBank([Float](repeating: 0.5, count: samples))
        #expect(values.shape == [frames, 128])
        #expect(values.elements.allSatisfy { abs($0 - Self.floor) < 1e-5 })
    }

    @Test(arguments: LogMelPreset.all.map(\.name), [0, 1, 399, 400, 401, 17_600, 17_601])
    func clipsOfAnyLengthGiveWindows(_ name: String, _ count: Int) throws {
        let preset = try #require(LogMelPreset.named(name))
        let windows = LogMelExtractor(preset).windows(
            of: (0..<count).map { sin(Float($0)) }, audioRange: 0..<count, segments: 10,
            segmentDuration: 1)
        #expect(windows.values.shape == [10, 102, 128])
        #expect(windows.values.elements.allSatisfy { $0.isFinite })
        let whole = name == "ast" ? count / 8_000 : count < 400 ? 0 : 20
        #expect(windows.valid.count { $0 } == min(10, whole / 2))
    }

    @Test func silenceOutsideTheAudioIsNeitherShiftedNorValid() {
        let samples = (0..<32_000).map { $0 < 24_001 ? Float(0) : 0.25 + 0.1 * sin(Float($0)) }
        let windows = LogMelExtractor(.ast).windows(
            of: samples, audioRange: 24_001..<32_000, segments: 3, segmentDuration: 1)
        #expect(windows.valid == [false, false, false])
        let floor = (Self.floor + 4.2677393) / (2 * 4.5689974)
        let first = windows.values.elements.prefix(98 * 128)
        #expect(first.allSatisfy { abs($0 - floor) < 1e-5 })
        let padding = windows.values.elements[(98 * 128)..<(102 * 128)]
        #expect(padding.allSatisfy { abs($0 - 4.2677393 / (2 * 4.5689974)) < 1e-6 })
    }

    @Test func paddingAfterNormalisationIsZero() {
        let windows = LogMelExtractor(.lavishViT).windows(
            of: (0..<20_000).map { sin(Float($0)) }, audioRange: 0..<20_000, segments: 1,
            segmentDuration: 1)
        #expect(windows.values.elements[(98 * 128)...].allSatisfy { $0 == 0 })
        #expect(windows.values.elements[..<(98 * 128)].allSatisfy { $0 != 0 })
    }

    @Test func theConstantPartOfAWaveformIsIgnored() {
        let noise = (0..<16_000).map { 0.2 * sin(Float($0 * $0 % 977)) }
        func values(_ offset: Float) -> Tensor {
            LogMelExtractor(.ast).windows(
                of: noise.map { $0 + offset }, audioRange: 0..<16_000, segments: 1,
                segmentDuration: 1
            ).values
        }
        #expect(greatestDifference(values(0), values(0.25)) < 1e-2)
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

    @Test func presetsAreFoundByTheirOwnNames() {
        for preset in LogMelPreset.all { #expect(LogMelPreset.named(preset.name) == preset) }
        #expect(LogMelPreset.named("none") == nil)
    }
}

/// Whether the amplitudes of two filter banks are equal, up to 2.5e-4 (5e-4 of the logarithm) and the noise of a
/// transform in single precision, 3e-7 of the loudest amplitude in the frame.
///
/// Of a frame that holds a loud tone, torchaudio's quietest logarithms deviate by up to 1e-2 from those that it computes
/// in double precision, which is half of that noise.
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

/// Greatest difference of two elements at the same place.
func greatestDifference(_ x: Tensor, _ y: Tensor) -> Float {
    guard x.shape == y.shape else { return .infinity }
    return zip(x.elements, y.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
