import Foundation
import Testing

@testable import Media

@Suite("Sound settings")
struct SoundTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private func decode(_ path: String, _ sound: SoundSettings, seconds: Double = 1) throws
        -> DecodedClip
    {
        var request = ClipRequest(times: [], pictureSize: nil, duration: seconds)
        request.sound = sound
        return try ClipDecoder.decode(path, request)
    }

    /// 16-bit samples that one of FFmpeg's programs makes of a file.
    private func samples(of name: String, _ options: String) throws -> [Float] {
        let path = try fixture.ffmpeg("-i \(name) \(options) -f s16le", to: "samples.raw")
        let data = try Data(contentsOf: URL(filePath: path))
        return stride(from: 0, to: data.count, by: 2).map {
            Float(Int16(bitPattern: UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8)) / 32_768
        }
    }

    private func noise(_ count: Int, _ seed: UInt64) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int16(truncatingIfNeeded: state >> 40)) / 32_768
        }
    }

    private func wave(_ channels: [[Float]], rate: Int) throws -> String {
        _ = try fixture.wave("f.wav", channels, rate: rate)
        return try fixture.ffmpeg("-i f.wav -c:a pcm_s16le", to: "a.wav")
    }

    @Test(arguments: [
        (SoundSettings.Channels.mean, Float(3.5)), (.first, 1), (.downmix, 0),
    ])
    func sixChannelsAreMixedAsThePolicySays(_ channels: SoundSettings.Channels, _ expected: Float)
        throws
    {
        let levels = (1...6).map { [Float](repeating: Float($0) / 16, count: 8_000) }
        let path = try fixture.wave("six.wav", levels, rate: 16_000)
        let clip = try decode(path, SoundSettings(channels: channels))
        // FFmpeg's own: front 1/√2, centre 1, back ½, no low frequencies; their sum is 1.
        let side = Float(0.5).squareRoot()
        let weights: [Float] = [side, side, 1, 0, 0.5, 0.5]
        let mixed = zip(weights, 1...6).map { $0 * Float($1) }.reduce(0, +) / weights.reduce(0, +)
        let level = channels == .downmix ? mixed : expected
        #expect(clip.samples.allSatisfy { abs($0 * 16 - level) < 1e-4 })
    }

    @Test(arguments: [1, 2, 6], [16_000, 22_050, 44_100, 48_000])
    func quantisedSamplesAreThoseOfFFmpegItself(_ channels: Int, _ rate: Int) throws {
        let path = try wave((0..<channels).map { noise(rate, UInt64($0)) }, rate: rate)
        let expected = try samples(of: "a.wav", "-ac 1 -ar 16000")
        let clip = try decode(path, .ffmpegMono)
        #expect(clip.samples.count == 16_000)
        // FFmpeg's programs may end some samples early.
        let count = min(expected.count, 16_000)
        #expect(count > 15_900 && clip.samples.prefix(count) == expected.prefix(count))
    }

    @Test(arguments: [1, 2, 6])
    func moviePyPicksWithoutAFilter(_ channels: Int) throws {
        let path = try wave((0..<channels).map { noise(44_100, UInt64($0)) }, rate: 44_100)
        let stereo = try samples(of: "a.wav", "-ac 2 -ar 44100")
        let clip = try decode(path, .moviePy)
        let places = (0..<16_000).map {
            Int((Double(44_100 * $0) / 16_000).rounded(.toNearestOrEven))
        }
        #expect(places[80] == 220 && places[240] == 662)
        func cut(_ x: Float) -> Float { max(-32_440, min(32_440, x * 32_768)) / 32_768 }
        #expect(clip.samples == places.map { cut(stereo[2 * $0]) })
        let both = places.map { Double(cut(stereo[2 * $0]) + cut(stereo[2 * $0 + 1])) / 2 }
        #expect(abs(clip.audioMean - both.reduce(0, +) / 16_000) < 1e-6)
        #expect(clip.audioRange == 0..<16_000)
    }

    @Test(arguments: [
        (44_100, 16_000), (43_747, 15_840), (43_969, 16_000), (44_541, 16_160), (660, 160), (1, 0),
    ])
    func moviePyCountsHundredthsOfASecond(_ count: Int, _ expected: Int) throws {
        let path = try wave([noise(count, 1), noise(count, 2)], rate: 44_100)
        guard expected > 0 else {
            #expect(throws: MediaError.self) { try decode(path, .moviePy) }
            return
        }
        #expect(try decode(path, .moviePy).samples.count == expected)
    }

    @Test func pickedSoundStartsWithTheTimeline() throws {
        _ = try wave([noise(44_100, 1), noise(44_100, 2)], rate: 44_100)
        let path = try fixture.ffmpeg(
            "-itsoffset 0.5 -i a.wav -f lavfi -i color=black:s=16x16:r=10:d=2 -c:v mpeg4 -c:a pcm_s16le",
            to: "late.mkv")
        let clip = try decode(path, .moviePy, seconds: 2)
        #expect(clip.audioRange.lowerBound == 8_000)
        #expect(clip.samples.prefix(8_000).allSatisfy { $0 == 0 } && clip.samples[8_000] != 0)
    }

    @Test func allOfAFileIsHeardWhereThePresetWantsIt() throws {
        let path = try wave([noise(36_000, 3)], rate: 16_000)
        #expect(try decode(path, SoundSettings()).samples.count == 16_000)
        let clip = try decode(path, SoundSettings(extent: .file))
        #expect(clip.samples.count == 36_000 && !clip.has(.short))
    }
}
