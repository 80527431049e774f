import Foundation
import Testing

@testable import Media

/// Which picture is shown when, and where audio lies.
@Suite("Clip time")
struct ClipTimeTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    /// The numbers of pictures from `Fixture.numbered`; limited range is stretched to full.
    private func numbers(_ clip: DecodedClip) -> [Int?] {
        clip.pictures.map { picture in
            picture.map { Int((Double($0.rgb[0]) * 219 / 255 / 4).rounded()) }
        }
    }

    private func decode(
        _ path: String, _ times: [Double], duration: Double = 2
    ) throws -> DecodedClip {
        try ClipDecoder.decode(
            path, ClipRequest(times: times, pictureSize: nil, duration: duration))
    }

    @Test func pictureOfATimeIsTheLastThatBegan() throws {
        // Pictures at 0, 10, 40, 90, 160, 250, 360, 490, 640, 810 ms.
        let path = try fixture.ffmpeg(
            Fixture.numbered(10, seconds: 1),
            "-vf settb=1/1000,setpts=N*N*10 -enc_time_base 1/1000 -fps_mode passthrough -c:v ffv1",
            to: "vfr.mkv")
        let times = [0, 0.009, 0.010, 0.039, 0.1, 0.159, 0.160, 0.161, 0.36, 0.639, 0.64, 0.81]
        let clip = try decode(path, times)
        #expect(numbers(clip) == [0, 0, 1, 1, 3, 3, 4, 4, 6, 7, 8, 9])
        #expect(clip.pictures[7]?.time == 0.16)
        #expect(clip.has(.short) && clip.has(.noAudio))
    }

    @Test func lastPictureIsShownForItsDuration() throws {
        let path = try fixture.ffmpeg(
            Fixture.numbered(10, seconds: 1), "-c:v ffv1", to: "last.mkv")
        let clip = try decode(path, [0.9, 0.999, 1.0, 1.5], duration: 1)
        #expect(numbers(clip) == [9, 9, nil, nil])
        #expect(abs(try #require(clip.videoEnd) - 1) < 1e-9)
        #expect(!clip.has(.short))
    }

    @Test func videoThatStartsLateShowsNothingBefore() throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i sine=440:sample_rate=16000:duration=1.5 -itsoffset 0.5",
            Fixture.numbered(10, seconds: 1), "-map 1:v -map 0:a -c:v ffv1 -c:a pcm_s16le",
            to: "late-video.mkv")
        let clip = try decode(path, [0, 0.45, 0.5, 0.65, 1.45, 1.55])
        #expect(numbers(clip) == [nil, nil, 0, 1, 9, nil])
        #expect(clip.audioRange == 0..<24_000)
    }

    @Test func audioThatStartsLateIsPrecededBySilence() throws {
        let path = try fixture.ffmpeg(
            Fixture.numbered(10, seconds: 2),
            "-itsoffset 0.25 -f lavfi -i sine=440:sample_rate=16000:duration=1",
            "-c:v ffv1 -c:a pcm_s16le", to: "late-audio.mkv")
        let clip = try decode(path, [0, 1])
        #expect(numbers(clip) == [0, 10])
        #expect(clip.audioRange == 4_000..<20_000)
        #expect(clip.samples[..<4_000].allSatisfy { $0 == 0 })
        #expect(abs(clip.samples[4_009] - 0.125 * sin(2 * .pi * 440 * 9 / 16_000)) < 1e-3)
        #expect(clip.duration == 2)
        #expect(clip.findings.map(\.kind) == [.short])
        #expect(clip.findings[0].reason == "the audio ends at 1.25 s of 2.0 s")
    }

    @Test func containersThatStartAnywhereStartAtZero() throws {
        let path = try fixture.ffmpeg(
            Fixture.numbered(25, seconds: 1), "-f lavfi -i sine=440:duration=1",
            "-c:v mpeg2video -qscale:v 1 -g 1 -c:a mp2 -output_ts_offset 1000", to: "offset.ts")
        let summary = try MediaFile.summary(of: path)
        #expect(try #require(summary.streams[0].start) > 1000)
        let clip = try decode(path, [0.1, 0.5, 0.94], duration: 1)
        let pictures = numbers(clip).map { $0 ?? -1 }
        // The encoder's audio starts up to a frame earlier or later than its video.
        #expect(
            abs(pictures[0] - 2) <= 1 && abs(pictures[1] - 12) <= 1 && abs(pictures[2] - 23) <= 1)
        #expect(clip.audioRange.lowerBound < 800)
    }

    @Test func gapsInTheAudioAreSilenceAndOverlapsAreCut() throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i sine=440:sample_rate=16000:duration=1.5,asetnsamples=800,aselect='not(between(t,0.5,0.74))'",
            "-c:a pcm_s16le", to: "gap.mkv")
        let samples = try decode(path, []).samples
        #expect(samples.count == 24_000)
        #expect(samples[8_000..<12_000].allSatisfy { $0 == 0 })
        #expect(samples[7_900..<8_000].contains { abs($0) > 0.05 })
        #expect(abs(samples[12_009] - 0.125 * sin(2 * .pi * 440 * 12_009 / 16_000)) < 1e-3)

        let overlap = try fixture.ffmpeg(
            "-f lavfi -i sine=440:sample_rate=16000:duration=1,asetnsamples=800,asetpts='if(lt(N,8000),PTS,PTS-1600)'",
            "-c:a pcm_s16le", to: "overlap.nut")
        // The muxer moves times that go back by a tick or two.
        #expect(try abs(decode(overlap, []).samples.count - 14_400) <= 2)
    }

    @Test func readingStopsAtTheNominalDuration() throws {
        let path = try fixture.ffmpeg(
            Fixture.numbered(10, seconds: 4), "-f lavfi -i sine=440:duration=4",
            "-c:v ffv1 -c:a pcm_s16le", to: "long.mkv")
        let clip = try decode(path, [0.05, 0.95], duration: 1)
        #expect(numbers(clip) == [0, 9])
        #expect(clip.samples.count == 16_000)
        #expect(clip.findings.isEmpty)
        #expect(try #require(clip.videoEnd) < 2)
    }

    @Test func sizeMayChangeInTheMiddle() throws {
        _ = try fixture.ffmpeg(Fixture.numbered(10, seconds: 1), "-c:v mpeg2video", to: "a.ts")
        _ = try fixture.ffmpeg(
            Fixture.numbered(10, seconds: 1, size: "64x48"), "-c:v mpeg2video", to: "b.ts")
        let joined =
            try [UInt8](Data(contentsOf: URL(filePath: fixture.path("a.ts"))))
            + [UInt8](Data(contentsOf: URL(filePath: fixture.path("b.ts"))))
        let path = try fixture.file("joined.ts", joined)
        let sequence = try ClipDecoder.pictures(in: path, limit: 100)
        #expect(Set(sequence.pictures.map(\.width)) == [32, 64])
        #expect(sequence.pictures.allSatisfy { $0.rgb.count == $0.width * $0.height * 3 })
    }

    @Test func picturesAreScaledToTheWantedSize() throws {
        let path = try fixture.ffmpeg(Fixture.numbered(10, seconds: 1), "-c:v ffv1", to: "size.mkv")
        let clip = try ClipDecoder.decode(
            path,
            ClipRequest(
                times: [0.5], pictureSize: PictureSize(width: 7, height: 5), duration: 1))
        let picture = try #require(clip.pictures[0])
        #expect(picture.width == 7 && picture.height == 5 && picture.rgb.count == 105)
        #expect(numbers(clip) == [5])
    }
}
