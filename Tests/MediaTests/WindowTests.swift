import Foundation
import Media
import Tensors
import Testing

@Suite("Windows of presets")
struct WindowTests {
    private func windows(
        _ name: String, _ count: Int, segments: Int = 10, d: Double = 1
    ) throws -> LogMelWindows {
        let preset = try #require(LogMelPreset.named(name))
        let windows = LogMelExtractor(preset).windows(
            of: (0..<count).map { 0.5 * sin(Float($0)) }, audioRange: 0..<count,
            segments: segments, segmentDuration: d)
        #expect(windows.values.shape == preset.shape(segments: segments, segmentDuration: d))
        #expect(windows.values.elements.allSatisfy { $0.isFinite })
        #expect(windows.starts.count == windows.valid.count)
        return windows
    }

    @Test(arguments: [
        (
            "lavish-vit", 160_000,
            [0, 15822, 31644, 47466, 63288, 79111, 94933, 110755, 126577, 142400]
        ),
        (
            "lavish-vit", 160_125,
            [0, 15836, 31672, 47508, 63344, 79180, 95016, 110852, 126688, 142525]
        ),
        (
            "stgcma-ave-swin", 96_000,
            [0, 8711, 17422, 26133, 34844, 43555, 52266, 60977, 69688, 78400]
        ),
        ("lavish-swin", 17_601, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ("lavish-vit", 17_600, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (
            "lavish-avqa", 960_000,
            [0, 103022, 206044, 309066, 412088, 515111, 618133, 721155, 824177, 927200]
        ),
        ("stgcma-avqa", 32_801, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ("lavish-avqa", 32_800, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("lavish-avs", 80_000, [0, 11800, 23600, 35400, 47200]),
        ("stgcma-avs", 80_320, [0, 11880, 23760, 35640, 47520]),
        ("lavish-avs-1s", 80_000, [0, 15600, 31200, 46800, 62400]),
        ("vggish", 160_000, (0..<10).map { $0 * 15_360 }),
        ("avsbench", 80_000, (0..<5).map { $0 * 15_360 }),
        ("ast-whole", 160_000, [0]),
    ])
    func windowsStartWhereThePipelineStartsThem(
        _ name: String, _ count: Int, _ starts: [Int]
    ) throws {
        let windows = try windows(name, count)
        #expect(windows.starts == starts.map { Double($0) / 16_000 })
        #expect(windows.valid.allSatisfy { $0 })
    }

    @Test(arguments: [
        (220_500, [0, 512], [true, true]), (110_000, [0, 0], [true, false]),
        // 1,536 frames are a multiple of 512: a fourth slice is padding, and groups are of two.
        (551 + 1_535 * 220, [0, 1024], [true, true]),
        (551 + 2_500 * 220, [512, 1536], [true, true]),
    ])
    func slicesAreTheMiddleOnesOfTheirGroups(
        _ count: Int, _ frames: [Int], _ valid: [Bool]
    ) throws {
        let windows = try windows("valor", count)
        #expect(windows.starts == frames.map { Double($0 * 220) / 22_050 })
        #expect(windows.valid == valid)
        #expect(windows.values.shape == [2, 64, 512])
    }

    @Test(arguments: LogMelPreset.all.map(\.name))
    func clipsOfAnyLengthGiveWindows(_ name: String) throws {
        for count in [0, 1, 399, 400, 401, 17_600, 17_601, 32_800, 32_801] {
            let windows = try windows(name, count)
            if count == 0 { #expect(windows.valid.allSatisfy { !$0 }) }
        }
    }

    @Test(arguments: [
        ("ast", 17_600, 1), ("ast", 400, 0), ("lavish-vit", 399, 0), ("lavish-vit", 400, 10),
        ("lavish-avs", 32_799, 0), ("lavish-avs", 32_800, 5), ("vggish", 32_801, 2),
        ("whisper-80", 8_000, 1), ("ast-whole", 400, 1), ("ast-whole", 399, 0),
        ("vggsound", 1, 1), ("music-avqa-vggish", 32_800, 2),
    ])
    func whatIsMissingIsNotValid(_ name: String, _ count: Int, _ valid: Int) throws {
        #expect(try windows(name, count).valid.count { $0 } == valid)
    }

    @Test func theLastExampleIsRepeatedWhereAuthorsRepeatIt() throws {
        let windows = try windows("avsbench", 40_000)
        #expect(windows.valid == [true, true, true, false, false])
        func values(_ window: Int) -> ArraySlice<Float> {
            windows.values.elements[(window * 96 * 64)..<((window + 1) * 96 * 64)]
        }
        #expect(Array(values(3)) == Array(values(2)) && Array(values(4)) == Array(values(2)))
        #expect(Array(values(1)) != Array(values(2)))
    }

    @Test func secondsAreRepeatedToTenAndKept() throws {
        let windows = try windows("dgsct-wave", 70_000)
        let waveforms = try #require(windows.waveforms)
        #expect(waveforms.shape == [10, 320_000])
        #expect(windows.valid.count { $0 } == 2)
        for i in [0, 31_999, 32_000, 64_017, 319_999] {
            #expect(waveforms.elements[320_000 + i] == 0.5 * sin(Float(32_000 + i % 32_000)))
        }
        #expect(waveforms.elements[(3 * 320_000)...].allSatisfy { $0 == 0 })
    }

    @Test func loudSoundIsCutForVGGSound() {
        let samples = (0..<160_000).map { 1.5 * sin(Float($0) / 3) }
        func values(_ samples: [Float]) -> Tensor {
            LogMelExtractor(.vggSound).windows(
                of: samples, audioRange: samples.indices, segments: 10, segmentDuration: 1
            ).values
        }
        #expect(values(samples) == values(samples.map { max(-1, min(1, $0)) }))
    }

    @Test(arguments: [
        ("spectrum.hop", "is 0, not positive"), ("mel.bands", "is 0, not between 1 and 4,096"),
        ("spectrum.windowLength", "is 600, more than the transform's 512"),
        (
            "mel.highFrequency",
            "is 9000.0 Hz, not between mel.lowFrequency and half the sample rate"
        ),
        ("normalisation.deviation", "is 0.0, not positive"),
        ("logarithm.floor", "and logarithm.offset are both 0, or out of range"),
    ])
    func aWrongConstantIsNamed(_ field: String, _ reason: String) {
        var preset = LogMelPreset.ast
        switch field {
        case "spectrum.hop": preset.spectrum.hop = 0
        case "mel.bands": preset.mel?.bands = 0
        case "spectrum.windowLength": preset.spectrum.windowLength = 600
        case "mel.highFrequency": preset.mel?.highFrequency = 9_000
        case "normalisation.deviation": preset.normalisation.deviation = 0
        default: preset.logarithm.floor = 0
        }
        let flaw = #expect(throws: LogMelPreset.Flaw.self) { try preset.validate() }
        #expect(flaw?.description == "cannot use log-mel preset ast: \(field) \(reason)")
    }
}
