import Foundation
import Testing

@testable import Media

/// What is left undecoded makes no difference to what is wanted.
@Suite("Selective decoding")
struct SelectiveDecodingTests {
    private static let source = "-f lavfi -i testsrc2=s=160x96:r=25:d=4"

    /// Streams with every dependency between pictures that the codecs know, and the share that may be left out.
    static let streams: [(name: String, options: String)] = [
        ("pyramid.mp4", "-c:v libx264 -bf 3 -b_strategy 0 -g 250"),
        ("strict.mkv", "-c:v libx264 -bf 7 -b_strategy 0 -x264-params b-pyramid=strict -g 40"),
        ("open.mp4", "-c:v libx264 -x264-params open-gop=1:bframes=3:keyint=20:min-keyint=10"),
        ("closed.mp4", "-c:v libx264 -bf 2 -g 12 -keyint_min 12 -sc_threshold 0"),
        ("closed.ts", "-c:v libx264 -bf 2 -g 12"),
        ("intra.mp4", "-c:v libx264 -g 1"),
        ("refresh.mp4", "-c:v libx264 -x264-params intra-refresh=1:keyint=20:bframes=0"),
        ("fields.mp4", "-vf interlace=lowpass=0 -c:v libx264 -flags +ilme+ildct -bf 2 -g 12"),
        ("annexb.h264", "-c:v libx264 -bf 3 -g 30"),
        (
            "vfr.mp4",
            "-vf select='not(mod(n,3))+eq(mod(n,7),1)' -fps_mode vfr -c:v libx264 -bf 3 -g 9"
        ),
        ("h264.avi", "-c:v libx264 -bf 2 -g 12"),
        ("h264.flv", "-c:v libx264 -bf 2 -g 12"),
        ("hevc.mp4", "-c:v libx265 -x265-params log-level=none:bframes=4:keyint=20:open-gop=1"),
        (
            "hevc.mkv",
            "-c:v libx265 -x265-params log-level=none:bframes=4:keyint=15:open-gop=0:b-pyramid=1"
        ),
        ("layers.mp4", "-c:v libx265 -x265-params log-level=none:temporal-layers=3:keyint=30"),
        ("vp8.webm", "-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -g 20 -b:v 200k"),
        (
            "vp9.webm",
            "-c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -g 20 -b:v 200k -cpu-used 8"
        ),
        ("mpeg4.mp4", "-c:v mpeg4 -bf 2 -g 12"),
        ("mpeg4.avi", "-c:v mpeg4 -bf 2 -g 12"),
        ("mpeg2.ts", "-c:v mpeg2video -bf 2 -g 12"),
        ("mjpeg.mov", "-c:v mjpeg"),
        ("ffv1.mkv", "-c:v ffv1 -g 10"),
    ]

    /// Lists of wanted times: spread, dense, at one end, one at a time, at exact times of pictures, beyond the end.
    static let times: [[Double]] = [
        [0.5, 1.5, 2.5, 3.5], (0..<100).map { Double($0) / 25 }, [0.0], [3.99], [2.0, 2.04, 2.08],
        [0.013, 3.7], [0, 9], stride(from: 0.02, to: 4, by: 0.11).map(\.self),
    ]

    @Test(arguments: streams)
    func picturesAndFindingsAreThoseOfAFullDecode(_ name: String, _ options: String) throws {
        let fixture = try Fixture()
        let path = try fixture.ffmpeg(Self.source, options, to: name)
        for times in Self.times {
            try compare(path, ClipRequest(times: times, pictureSize: nil, duration: 4))
        }
        var stretch = ClipRequest(times: [0.1, 0.5, 0.9], pictureSize: nil, duration: 1)
        stretch.start = 2.2
        try compare(path, stretch)
    }

    private func compare(_ path: String, _ request: ClipRequest) throws {
        let (selective, all) = (
            try outcome(path, request, selectively: true),
            try outcome(path, request, selectively: false)
        )
        // As values of their own: the difference of long arrays takes minutes to describe.
        let hasSamePictures = selective?.pictures == all?.pictures
        let hasSameSamples = selective?.samples == all?.samples
        #expect(hasSamePictures, "\(path)")
        #expect(hasSameSamples, "\(path)")
        #expect(selective?.findings == all?.findings, "\(path)")
    }

    private func outcome(
        _ path: String, _ request: ClipRequest, selectively: Bool
    ) throws -> DecodedClip? {
        do {
            return try ClipDecoder.decode(path, request, selectively: selectively)
        } catch {
            guard error.kind != .timeout else { throw error }
            return nil
        }
    }

    @Test(
        .enabled(if: Corpus.folder != nil, "AVPREP_MEDIA names no folder"),
        arguments: Corpus.withPictures)
    func picturesOfRealFilesAreThoseOfAFullDecode(_ entry: Corpus.Entry) throws {
        let size = PictureSize(width: 64, height: 64)
        for times in [(0..<10).map { Double($0) + 0.5 }, [0, 0.3, 0.31, 0.9], [0.7]] {
            try compare(entry.path, ClipRequest(times: times, pictureSize: size))
        }
    }

    /// The share of packets that is decoded for one picture a second; without it the tests above say little.
    @Test(arguments: [
        ("pyramid.mp4", 0.6), ("closed.mp4", 0.4), ("intra.mp4", 0.05), ("hevc.mkv", 0.7),
        ("vp8.webm", 0.95), ("mjpeg.mov", 0.05), ("fields.mp4", 0.6), ("closed.ts", 0.5),
    ])
    func muchIsLeftOut(_ name: String, _ greatestShare: Double) throws {
        let options = try #require(Self.streams.first { $0.name == name }).options
        let fixture = try Fixture()
        let path = try fixture.ffmpeg(Self.source, options, to: name)
        let entries = try Self.entries(of: path)
        #expect(entries.count >= 50)
        let zero = entries.map(\.time).min()!
        let plan = try #require(
            DecodingPlan(
                entries, times: [0.5, 1.5, 2.5, 3.5].map { $0 + zero }, tolerance: 1e-6,
                isLast: true, earlier: -.infinity))
        let share = Double(plan.isNeeded.count(where: \.self)) / Double(entries.count)
        #expect(share <= greatestShare)
    }

    private static func entries(of path: String) throws -> [DecodingPlan.Entry] {
        var demuxer = try FFmpeg.Demuxer(examining: path, DecodingLimits())
        let stream = demuxer.videoStream!
        let reader = FFmpeg.PictureReader(stream)!
        let packet = FFmpeg.Packet()
        var entries: [DecodingPlan.Entry] = []
        while try demuxer.read(into: packet) {
            entries.append(
                DecodingPlan.Entry(
                    time: stream.timeBase.seconds(packet.presentationTicks!),
                    picture: reader.read(packet)!, isHidden: packet.isHidden))
        }
        return entries
    }

    @Test func aLongRunIsDecodedInParts() throws {
        // More than the 16 MB that are kept at a time.
        let fixture = try Fixture()
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=640x480:r=25:d=3,noise=alls=60:allf=t",
            "-c:v libx264 -qp 2 -preset ultrafast -bf 2 -g 30", to: "large.mp4")
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        #expect(size > 34_000_000)
        for times in [[0.5, 1.5, 2.5], [0.0, 2.96], [1.1], [2.9, 5]] {
            try compare(path, ClipRequest(times: times, pictureSize: nil, duration: 3))
        }
    }

    @Test func damageIsNoticedWhereItMatters() throws {
        let fixture = try Fixture()
        let path = try fixture.ffmpeg(Self.source, "-c:v libx264 -bf 2 -g 25", to: "whole.ts")
        var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
        for index in stride(from: bytes.count / 4, to: bytes.count, by: 977) {
            bytes[index] ^= 0x55
        }
        let damaged = try fixture.file("damaged.ts", bytes)
        let request = ClipRequest(
            times: (0..<8).map { Double($0) / 2 }, pictureSize: nil, duration: 4)
        #expect(try ClipDecoder.decode(damaged, request).has(.corrupt))
        try compare(damaged, request)
    }
}
