import Foundation
import Glibc
import Testing

@testable import Media

/// What is said of files that are none.
@Suite("Media outcomes")
struct MediaOutcomeTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private func failure(_ path: String, _ limits: DecodingLimits = DecodingLimits()) -> MediaError?
    {
        #expect(throws: MediaError.self) {
            try ClipDecoder.decode(
                path, ClipRequest(times: [0], pictureSize: nil, limits: limits))
        }
    }

    private func clip(_ name: String, _ options: String = "-c:v mpeg4") throws -> String {
        try fixture.ffmpeg("-f lavfi -i testsrc=s=64x48:d=2:r=25", options, to: name)
    }

    @Test func aMissingFileIsMissing() {
        let error = failure("/nowhere/a.mp4")
        #expect(error?.kind == .missing)
        #expect(error?.description == "cannot open /nowhere/a.mp4: No such file or directory")
    }

    @Test(arguments: [
        ("empty.mp4", "", "the file is empty (0 bytes)"),
        ("page.mp4", "\n<!DOCTYPE html><html></html>", "it is an HTML page, not a media file"),
        (
            "lfs.mp4", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "it is a Git LFS pointer, not a media file"
        ),
        ("byte.mp4", "x", "Invalid data found when processing input"),
        (
            "._x.mp4", "\u{0}\u{5}\u{16}\u{7}",
            "it is an AppleDouble file of macOS, not a media file"
        ),
    ])
    func whatIsNoMediaFileIsNamed(_ name: String, _ content: String, _ reason: String) throws {
        let path = try fixture.file(name, content)
        let error = failure(path)
        #expect(error?.kind == .unreadable)
        #expect(error?.description == "cannot open \(path): \(reason)")
    }

    @Test func whatIsNoFileIsNamed() throws {
        #expect(failure(fixture.folder)?.reason == "it is a directory, not a file")
        #expect(mkfifo(fixture.path("pipe"), 0o600) == 0)
        #expect(failure(fixture.path("pipe"))?.reason == "it is a named pipe, not a file")
        #expect(failure("/dev/zero")?.reason == "it is a device, not a file")
        #expect(failure("/dev/zero")?.kind == .unreadable)
    }

    @Test func aTruncatedFileWithoutIndexIsNamed() throws {
        let whole = try [UInt8](Data(contentsOf: URL(filePath: clip("whole.mp4"))))
        let path = try fixture.file("cut.mp4", Array(whole.prefix(whole.count / 2)))
        let error = failure(path)
        #expect(error?.kind == .unreadable)
        #expect(
            error?.reason
                == "Invalid data found when processing input; no index (truncated?)")
    }

    @Test func aTruncatedFileWithIndexGivesWhatThereIs() throws {
        let whole = try [UInt8](
            Data(contentsOf: URL(filePath: clip("fast.mp4", "-c:v mpeg4 -movflags +faststart"))))
        let path = try fixture.file("cut.mp4", Array(whole.prefix(whole.count * 6 / 10)))
        let clip = try ClipDecoder.decode(
            path, ClipRequest(times: [0, 0.5, 1.9], pictureSize: nil, duration: 2))
        #expect(clip.pictures.map { $0 == nil } == [false, false, true])
        #expect(clip.has(.corrupt) && clip.has(.short) && clip.has(.noAudio))
    }

    @Test func damagedPacketsAreCounted() throws {
        var bytes = try [UInt8](Data(contentsOf: URL(filePath: clip("whole.avi"))))
        for index in stride(from: 8_000, to: bytes.count * 3 / 4, by: 97) { bytes[index] ^= 0xff }
        let clip = try ClipDecoder.decode(
            try fixture.file("damaged.avi", bytes),
            ClipRequest(times: [0, 1.9], pictureSize: nil, duration: 2))
        #expect(clip.has(.corrupt))
        #expect(clip.pictures[0] != nil)
    }

    @Test func filesThatReferToOthersAreRefused() throws {
        let target = try clip("target.ts", "-c:v mpeg2video")
        for (name, text) in [
            (
                "list.m3u8",
                "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ntarget.ts\n#EXT-X-ENDLIST\n"
            ),
            (
                "list.mp4",
                "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n\(target)\n#EXT-X-ENDLIST\n"
            ),
            ("list.txt", "ffconcat version 1.0\nfile target.ts\n"),
            (
                "list.sdp",
                "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"
            ),
        ] {
            #expect(failure(try fixture.file(name, text))?.kind == .hostile, "\(name)")
        }
        #expect(failure("concat:\(target)")?.kind == .missing)
    }

    @Test(arguments: ["-dash.mp4", "a b#ü.x.mp4", "http:x.mp4", "pipe:0", "%03d.mp4"])
    func namesMeanNothingButTheFile(_ name: String) throws {
        let source = try clip("source.mp4")
        try FileManager.default.moveItem(atPath: source, toPath: fixture.path(name))
        let sequence = try ClipDecoder.pictures(in: fixture.path(name), limit: 1)
        #expect(sequence.pictures.count == 1)
    }

    @Test func limitsStopAFile() throws {
        let path = try clip("clip.mkv")
        #expect(failure(path, DecodingLimits(wallSeconds: 0))?.kind == .timeout)
        #expect(failure(path, DecodingLimits(pixels: 3_071))?.kind == .hostile)
        let most = DecodingLimits(pixels: 3_072, packets: 50)
        #expect(throws: Never.self) {
            try ClipDecoder.decode(
                path, ClipRequest(times: [0], pictureSize: nil, duration: 9, limits: most))
        }
        let request = ClipRequest(
            times: [0, 1.9], pictureSize: nil, duration: 9, limits: DecodingLimits(packets: 49))
        #expect(throws: MediaError(.hostile, "read \(path)", reason: "more than 49 packets")) {
            try ClipDecoder.decode(path, request)
        }
    }

    @Test func coverArtIsNoVideo() throws {
        _ = try fixture.ffmpeg("-f lavfi -i testsrc=s=64x48:d=0.1 -frames:v 1", to: "c.png")
        let path = try fixture.ffmpeg(
            "-f lavfi -i sine=d=1 -i c.png -map 0 -map 1 -c:v copy -disposition:v attached_pic",
            to: "cover.flac")
        let summary = try MediaFile.summary(of: path)
        #expect(summary.streams.map(\.kind) == [.audio, .cover])
        #expect(summary.videoIndex == nil && summary.audioIndex == 0)
        let clip = try ClipDecoder.decode(
            path, ClipRequest(times: [0], pictureSize: nil, duration: 1))
        #expect(clip.pictures == [nil])
        #expect(
            clip.findings == [
                Finding(kind: .noVideo, stream: .video, reason: "there is no video stream")
            ])
    }

    @Test func manyClipsNeedNoMoreMemoryThanFew() throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc=s=320x240:d=1:r=25 -f lavfi -i sine=d=1:sample_rate=44100",
            "-c:v mpeg4 -c:a aac", to: "clip.mp4")
        let broken = try fixture.file("broken.mp4", "ftyp and nothing else of use")
        let size = PictureSize(width: 224, height: 224)
        func decode(_ count: Int) throws -> Int {
            for _ in 0..<count {
                _ = try ClipDecoder.decode(
                    path, ClipRequest(times: [0, 0.5, 0.9], pictureSize: size, duration: 1))
                _ = failure(broken)
            }
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon") })
            return Int(line.filter(\.isNumber))!
        }
        var held = try [decode(30)]
        for _ in 0..<4 { held.append(try decode(70)) }
        // Other tests of this process come and go; what leaks grows in each round. A leaked decoder is some
        // hundred kilobytes, a leaked picture as much.
        let growth = zip(held.dropFirst(), held).map { $0 - $1 }.min()!
        #expect(growth < 10_000, "\(growth) kB more after each 70 clips")
    }
}
