import Foundation
import Testing

@testable import Media

@Suite("Audio")
struct AudioTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private func decode(_ channels: [[Float]], rate: Int, to target: Int = 16_000) throws
        -> DecodedClip
    {
        let path = try fixture.wave("a.wav", channels, rate: rate)
        return try ClipDecoder.decode(
            path, ClipRequest(times: [], pictureSize: nil, sampleRate: target, duration: 3))
    }

    @Test(arguments: [
        8_000, 11_025, 16_000, 22_050, 32_000, 44_000, 44_100, 48_000, 96_000, 192_000,
    ])
    func anImpulseStaysWhereItIs(_ rate: Int) throws {
        var samples = [Float](repeating: 0, count: rate)
        samples[2 * rate / 5] = 1
        let resampled = try decode([samples], rate: rate).samples
        let peak = try #require(resampled.indices.max { resampled[$0] < resampled[$1] })
        #expect(peak == 6_400)
        for distance in 1...40 {
            #expect(abs(resampled[6_400 - distance] - resampled[6_400 + distance]) < 1e-4)
        }
    }

    @Test(arguments: [
        8_000, 11_025, 16_000, 22_050, 32_000, 44_000, 44_100, 48_000, 96_000, 192_000,
    ])
    func aSineKeepsItsPhase(_ rate: Int) throws {
        let step = 2 * Double.pi * 440
        let samples = (0..<2 * rate).map { Float(0.5 * sin(step * Double($0) / Double(rate))) }
        let resampled = try decode([samples], rate: rate).samples
        #expect(resampled.count == 32_000)
        // Half a sample of shift would be an error of 0.04.
        let greatest = (200..<31_800).reduce(0.0) { greatest, i in
            max(greatest, abs(Double(resampled[i]) - 0.5 * sin(step * Double(i) / 16_000)))
        }
        #expect(greatest < 2e-3)
    }

    @Test(arguments: [
        (44_100, 44_100, 16_000), (44_100, 44_101, 16_000), (44_100, 44_102, 16_001),
        (44_100, 2, 1), (44_100, 100, 36), (48_000, 48_000, 16_000), (48_000, 4, 1),
        (11_025, 11_030, 16_007), (192_000, 192_003, 16_000), (44_000, 44_001, 16_000),
        (8_000, 8_001, 16_002), (16_000, 399, 399),
    ])
    func lengthIsThatOfTheFileToHalfASample(_ rate: Int, _ count: Int, _ expected: Int) throws {
        let samples = (0..<count).map { sin(Float($0)) }
        #expect(try decode([samples], rate: rate).samples.count == expected)
    }

    @Test(arguments: [1, 2, 6, 16])
    func channelsAreAveraged(_ count: Int) throws {
        let channels = (0..<count).map { [Float](repeating: Float($0), count: 4_000) }
        let clip = try decode(channels, rate: 16_000)
        let mean = Float(count - 1) / 2
        #expect(clip.samples.allSatisfy { abs($0 - mean) < 1e-5 })
        #expect(clip.has(.silent))
    }

    @Test func quietIsNotSilent() throws {
        let samples = (0..<16_000).map { Float($0 % 2) / 32_768 }
        let clip = try decode([samples], rate: 16_000)
        #expect(clip.samples == samples)
        #expect(!clip.has(.silent))
        #expect(clip.audioRange == 0..<16_000)
        #expect(clip.has(.short) && clip.has(.noVideo))
    }

    @Test(arguments: ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le"])
    func sampleFormatsHaveTheSameScale(_ codec: String) throws {
        _ = try fixture.wave("f.wav", [[Float](repeating: 0.5, count: 1_600)], rate: 16_000)
        let path = try fixture.ffmpeg("-i f.wav -c:a \(codec)", to: "g.wav")
        let clip = try ClipDecoder.decode(path, ClipRequest(times: [], pictureSize: nil))
        #expect(clip.samples.count == 1_600)
        #expect(clip.samples.allSatisfy { abs($0 - 0.5) < 1e-6 })
    }
}
