import Foundation
import Testing

@testable import Media

/// Which pictures the published rules take.
@Suite("Frame sampling")
struct FrameSamplingTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    @Test(arguments: [
        (30, [1, 4, 7, 10, 13, 17, 20, 23, 26, 30]), (80, [1, 9, 18, 27, 36, 44, 53, 62, 71, 80]),
        (60, [1, 7, 14, 20, 27, 33, 40, 46, 53, 60]), (3, [1, 1, 1, 1, 1, 2, 2, 2, 2, 3]),
        (1, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
    ])
    func linspaceSpreadsOverTheList(_ total: Int, _ expected: [Int]) {
        #expect(FrameSampling.linspace(1, total, 10, .down) == expected)
    }

    @Test func roundedLinspaceTakesTheNearerPicture() {
        // numpy: np.round(np.linspace(0, 78, 80)) takes 39 twice; of 80 all.
        let places = FrameSampling.linspace(1, 79, 80, .nearestEven)
        #expect(places.count == 80 && Set(places).count == 79)
        #expect(places[39] == 40 && places[40] == 40)
        #expect(FrameSampling.linspace(1, 80, 80, .nearestEven) == Array(1...80))
    }

    @Test(arguments: [
        (25.0, [12, 38, 62, 88, 112, 138, 162, 188, 212, 238]),
        (30.0, [15, 45, 75, 105, 135, 165, 195, 225, 255, 285]),
    ])
    func adaptiveTakesTheMiddleOfEachSecond(_ rate: Double, _ expected: [Int]) {
        let numbers = FrameSampling.adaptive(10, perSecond: 1, framesPerSecond: rate, seconds: 10)
        #expect(numbers == expected)
    }

    @Test func adaptiveWrapsIntoTheLastSecond() {
        // 8.1 s at 25 per second: 203 pictures are estimated, so L = 3 and s = 200.
        let numbers = FrameSampling.adaptive(10, perSecond: 1, framesPerSecond: 25, seconds: 8.1)
        #expect(numbers == [12, 38, 62, 88, 112, 138, 162, 188, 203, 202])
        // 7.99 s: 200 of them, a whole number of seconds, so L = 25 and s = 175.
        let whole = FrameSampling.adaptive(10, perSecond: 1, framesPerSecond: 25, seconds: 7.99)
        #expect(whole == [12, 38, 62, 88, 112, 138, 162, 188, 187, 188])
    }

    @Test(arguments: [
        (25.0, [23, 48, 73, 98, 123]), (30.0, [28, 58, 88, 118, 148]),
        (29.97, [28, 58, 88, 118, 148]),
    ])
    func avsbenchTakesTheSixteenthOfSixteen(_ rate: Double, _ expected: [Int]) {
        #expect(FrameSampling.avsbench16(5, framesPerSecond: rate) == expected)
    }

    @Test func cavmaeTakesThePictureBefore() {
        let places = FrameSampling.cavmae10(frames: 1000, framesPerSecond: 29.97)
        #expect(places == [0, 28, 58, 88, 118, 148, 178, 208, 238, 268])
        let short = FrameSampling.cavmae10(frames: 15, framesPerSecond: 30)
        #expect(short == [0, 0, 2, 3, 5, 6, 8, 9, 11, 12])
    }

    @Test func valorTakesTheMiddleOfEachPart() {
        #expect(FrameSampling.valorSplit(40, 8) == [2, 7, 12, 17, 22, 27, 32, 37])
        #expect(FrameSampling.valorSplit(10, 8) == [0, 2, 4, 5, 6, 7, 8, 9])
        #expect(FrameSampling.valorSplit(3, 8) == [0, 1, 2, 2, 2, 2, 2, 2])
    }

    @Test func ratesAndLengthsAreReadAsMoviePyReadsThem() {
        func rate(_ value: Double) -> Double { FrameList.Header(baseRate: value).rateAsPrinted }
        #expect(rate(30_000.0 / 1001) == 30_000.0 / 1001)
        #expect(rate(24_000.0 / 1001) == 24_000.0 / 1001)
        #expect(rate(29.9166) == 29.92 && rate(25) == 25)
        #expect(FrameList.Header(seconds: 10.0549).secondsAsPrinted == 10.05)
    }

    /// Media at odd rates, with odd starts and ends.
    static let media: [(name: String, options: [String])] = [
        ("cfr.mp4", [Fixture.numbered(25, seconds: 2.2), "-c:v libx264 -qp 0 -bf 2"]),
        (
            "ntsc.mp4",
            [
                Fixture.numbered(10, seconds: 2.5),
                "-c:v libx264 -qp 0 -r 30000/1001 -enc_time_base 1001/30000",
            ]
        ),
        (
            "vfr.mkv",
            [
                Fixture.numbered(10, seconds: 3),
                "-vf settb=1/1000,setpts=N*N*3+N*13 -enc_time_base 1/1000 -fps_mode passthrough -c:v ffv1",
            ]
        ),
        (
            "late.mkv",
            [
                "-f lavfi -i sine=440:sample_rate=16000:duration=3 -itsoffset 1.3",
                Fixture.numbered(10, seconds: 1.5), "-map 1:v -map 0:a -c:v ffv1 -c:a pcm_s16le",
            ]
        ),
        (
            "offset.ts",
            [Fixture.numbered(25, seconds: 2), "-c:v libx264 -qp 0 -bf 3 -output_ts_offset 77"]
        ),
        ("tiny.mkv", [Fixture.numbered(10, seconds: 0.3), "-c:v ffv1"]),
    ]

    @Test(arguments: media, [1.0, 3, 4, 8, 30])
    func theListIsThatOfTheFilter(
        _ medium: (name: String, options: [String]), _ rate: Double
    ) throws {
        let joined = medium.options.joined(separator: " ")
        let path = try fixture.ffmpeg(joined, to: medium.name)
        // Without times of its own, as pictures in numbered files are.
        let raw = try fixture.ffmpeg(
            "-i \(medium.name) -map 0:v -vf fps=\(Int(rate)) -pix_fmt gray -f rawvideo", to: "raw")
        let all = try fixture.ffmpeg(
            "-i \(medium.name) -map 0:v -fps_mode passthrough -pix_fmt gray -f rawvideo", to: "all")
        func lumas(_ path: String) throws -> [UInt8] {
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
            return stride(from: 0, to: bytes.count, by: 32 * 16).map { bytes[$0] }
        }
        let (written, pictures) = (try lumas(raw), try lumas(all))
        for isDecoded in [false, true] {
            let list = try Self.list(path, isDecoded: isDecoded)
            #expect(list.count == pictures.count)
            #expect(list.places(perSecond: rate).map { pictures[$0] } == written, "\(isDecoded)")
        }
    }

    /// Damaged files state times and lengths of any size.
    @Test(arguments: [
        FrameSampling.list(perSecond: 1000, count: 10),
        .listLinspace(perSecond: 1, count: 10, rounding: .down),
        .adaptive(perSecond: 1, count: 10), .avsbench16(seconds: 10), .cavmae10,
        .valorSplit(perSecond: 8, count: 10),
    ])
    func timesBeyondReasonGiveAListAllTheSame(_ sampling: FrameSampling) {
        let far: Int64 = 1 << 53
        for base in [
            TimeBase(numerator: Int(Int32.max), denominator: 1),
            TimeBase(numerator: 1, denominator: 90000),
        ] {
            var header = FrameList.Header()
            header.meanRate = Double(Int32.max)
            header.baseRate = Double(Int32.max)
            header.frames = .max
            header.seconds = Double(far)
            let list = FrameList(
                ticks: [-far, 0, far], lastDuration: far, timeBase: base, origin: -far,
                header: header)
            #expect(sampling.places(in: list).count == 10)
        }
    }

    @Test func timesBeyondReasonAreUnknown() {
        #expect(FFmpeg.known(.min) == nil)
        #expect(FFmpeg.known(.max) == nil)
        #expect(FFmpeg.known(-90000) == -90000)
    }

    static func list(_ path: String, isDecoded: Bool) throws -> FrameList {
        let demuxer = try FFmpeg.Demuxer(examining: path, DecodingLimits())
        let request = ClipRequest(times: [], pictureSize: nil)
        return try FrameList(
            of: path, request, zero: ClipDecoder.zero(demuxer.videoStream, demuxer.audioStream),
            isDecoded: isDecoded, Deadline(DecodingLimits()))
    }

    @Test func pictureOfEachPlaceIsDecoded() throws {
        let path = try fixture.ffmpeg(
            Fixture.numbered(10, seconds: 4), "-c:v libx264 -qp 0 -bf 2", to: "clip.mp4")
        func numbers(_ sampling: FrameSampling, start: Double = 0, end: Double? = nil) throws
            -> [Int?]
        {
            var request = ClipRequest(
                sampling: sampling, picture: PictureSettings(size: nil), segments: 4,
                segmentDuration: 1)
            request.start = start
            request.end = end
            return try ClipDecoder.decode(path, request).pictures.map { picture in
                picture.map { Int((Double($0.rgb[0]) * 219 / 255 / 4).rounded()) }
            }
        }
        #expect(try numbers(.segments) == [5, 15, 25, 35])
        #expect(try numbers(.list(perSecond: 2, count: 10)).suffix(3) == [37, nil, nil])
        #expect(
            try numbers(.listLinspace(perSecond: 10, count: 5, rounding: .down))
                == [0, 9, 19, 29, 39])
        #expect(
            try numbers(.listLinspace(perSecond: 10, count: 3, rounding: .down), start: 1, end: 2)
                == [10, 14, 19])
        #expect(try numbers(.avsbench16(seconds: 5)) == [9, 19, 29, 39, 39])
        #expect(try numbers(.cavmae10) == [0, 3, 7, 11, 15, 19, 23, 27, 31, 35])
        #expect(try numbers(.valorSplit(perSecond: 1, count: 2)).count == 2)
        #expect(try numbers(.adaptive(perSecond: 1, count: 6))[..<4] == [4, 14, 24, 34])
    }

    @Test func settingsSurviveCoding() throws {
        for preset in FramePreset.all {
            let data = try JSONEncoder().encode(preset)
            #expect(try JSONDecoder().decode(FramePreset.self, from: data) == preset)
            #expect(FramePreset.named(preset.name) == preset)
        }
        #expect(Set(FramePreset.all.map(\.name)).count == FramePreset.all.count)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(
            decoding: try encoder.encode(FramePreset.lavishVit.sampling), as: UTF8.self)
        #expect(text == #"{"list-linspace":{"count":10,"perSecond":3,"rounding":"down"}}"#)
    }
}
