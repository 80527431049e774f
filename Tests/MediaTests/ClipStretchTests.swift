import Testing

@testable import Media

/// Clips that are a part of their file, and requests for one of its streams.
@Suite("Clip stretches")
struct ClipStretchTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private func file() throws -> String {
        try fixture.ffmpeg(
            Fixture.numbered(10, seconds: 5),
            "-f lavfi -i aevalsrc=t/10:s=16000:d=5 -c:v libx264 -qp 0 -bf 2 -g 12 -c:a pcm_s16le",
            to: "clip.mkv")
    }

    private func numbers(_ clip: DecodedClip) -> [Int?] {
        clip.pictures.map { picture in
            picture.map { Int((Double($0.rgb[0]) * 219 / 255 / 4).rounded()) }
        }
    }

    @Test(arguments: [true, false])
    func theTimelineBeginsWithTheStretch(_ isSelective: Bool) throws {
        var request = ClipRequest(
            sampling: .segments, picture: PictureSettings(size: nil), segments: 2,
            segmentDuration: 0.5)
        request.start = 1.25
        let clip = try ClipDecoder.decode(file(), request, selectively: isSelective)
        // 1.5 s and 2.0 s of the file.
        #expect(numbers(clip) == [15, 20])
        #expect(clip.pictures.map { Int((($0?.time ?? .nan) * 100).rounded()) } == [25, 75])
        #expect(clip.samples.count == 16_000 && clip.audioRange == 0..<16_000)
        // The samples are a tenth of their time in the file.
        for i in [0, 1, 7_000, 15_999] {
            let expected = (1.25 + Double(i) / 16_000) / 10
            #expect(abs(Double(clip.samples[i]) - expected) < 1e-4)
        }
        #expect(clip.findings.isEmpty)
    }

    @Test func aStretchMayBeginBeforeItsFirstPicture() throws {
        var request = ClipRequest(times: [0, 0.04, 0.06], pictureSize: nil, duration: 0.2)
        request.start = 2.05
        let clip = try ClipDecoder.decode(file(), request)
        #expect(numbers(clip) == [20, 20, 21])
        #expect(abs(try #require(clip.pictures[0]).time + 0.05) < 1e-9)
    }

    @Test(arguments: [true, false])
    func aStretchBeyondTheEndHasNothing(_ isSelective: Bool) throws {
        var request = ClipRequest(times: [0.5, 1.5], pictureSize: nil, duration: 2)
        request.start = 4
        let clip = try ClipDecoder.decode(file(), request, selectively: isSelective)
        #expect(numbers(clip) == [45, nil])
        #expect(clip.findings.map(\.kind) == [.short, .short])
        #expect(clip.samples.count == 16_000)
        request.start = 9
        let error = #expect(throws: MediaError.self) {
            try ClipDecoder.decode(file(), request, selectively: isSelective)
        }
        #expect(error?.reason.contains("it ends before the clip begins") == true)
    }

    @Test func onlyWhatIsWantedIsDecoded() throws {
        let path = try file()
        let whole = ClipRequest(times: [0.5, 1.5], pictureSize: nil, duration: 2)
        let both = try ClipDecoder.decode(path, whole)
        var request = whole
        request.wantsSound = false
        let pictures = try ClipDecoder.decode(path, request)
        #expect(pictures.pictures == both.pictures && pictures.samples.isEmpty)
        #expect(pictures.findings.isEmpty && pictures.audioEnd == nil)
        request = whole
        request.wantsPictures = false
        let sound = try ClipDecoder.decode(path, request)
        #expect(sound.samples == both.samples && sound.pictures.isEmpty)
        #expect(sound.findings.isEmpty && sound.videoEnd == nil)
    }

    @Test func theTimelineDoesNotDependOnWhatIsWanted() throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i sine=440:sample_rate=16000:duration=2 -itsoffset 0.5",
            Fixture.numbered(10, seconds: 1), "-map 1:v -map 0:a -c:v ffv1 -c:a pcm_s16le",
            to: "late.mkv")
        var request = ClipRequest(times: [0.45, 0.65], pictureSize: nil, duration: 2)
        request.wantsSound = false
        #expect(try numbers(ClipDecoder.decode(path, request)) == [nil, 1])
    }
}
