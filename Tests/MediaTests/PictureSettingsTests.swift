import Foundation
import Testing

@testable import Media

/// Shape, colour and fields of pictures, compared with FFmpeg's own filters and with closed forms.
@Suite("Picture settings")
struct PictureSettingsTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private static let exact = "accurate_rnd+full_chroma_int+bitexact"

    private func picture(_ path: String, _ settings: PictureSettings) throws -> Picture {
        var request = ClipRequest(
            sampling: .times([0]), picture: settings, segments: 1, segmentDuration: 0.1)
        request.wantsSound = false
        return try #require(try ClipDecoder.decode(path, request).pictures[0])
    }

    /// The first picture as the program makes it with a filter.
    private func filtered(_ name: String, _ filter: String) throws -> [UInt8] {
        let raw = try fixture.ffmpeg(
            "-i \(name) -frames:v 1 -vf \(filter) -pix_fmt rgb24 -f rawvideo", to: "raw")
        return try [UInt8](Data(contentsOf: URL(filePath: raw)))
    }

    @Test(arguments: PictureSettings.Kernel.allCases.filter { $0.onRGB == nil })
    func ffmpegsKernelsAreThoseOfItsFilter(_ kernel: PictureSettings.Kernel) throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=64x48:d=0.1:r=10 -c:v ffv1 -pix_fmt yuv420p", to: "a.mkv")
        let size = PictureSize(width: 20, height: 14)
        let ours = try picture(path, PictureSettings(size: size, kernel: kernel)).rgb
        let isEqual = try ours == filtered("a.mkv", "scale=20:14:flags=\(kernel)+\(Self.exact)")
        #expect(isEqual)
    }

    @Test(
        arguments: [PictureSettings.Range.limited, .full], [PictureSettings.Matrix.bt601, .bt709])
    func rangeAndMatrixAreThoseOfTheFilter(
        _ range: PictureSettings.Range, _ matrix: PictureSettings.Matrix
    ) throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=64x48:d=0.1:r=10 -c:v libx264 -qp 4 -pix_fmt yuv420p",
            to: "a.mp4")
        var settings = PictureSettings(size: nil)
        settings.range = range
        settings.matrix = matrix
        let filter =
            "scale=in_range=\(range):in_color_matrix=\(matrix):flags=bicubic+\(Self.exact)"
        let isEqual = try picture(path, settings).rgb == filtered("a.mp4", filter)
        #expect(isEqual)
        let isDefault =
            try picture(path, PictureSettings(size: nil)).rgb == picture(path, settings).rgb
        #expect(isDefault == (range == .limited && matrix == .bt601))
    }

    @Test(arguments: [("tv", "bt709"), ("pc", "bt709"), ("tv", "smpte170m"), ("pc", "smpte170m")])
    func whatTheStreamSaysIsFollowed(_ range: String, _ matrix: String) throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=64x48:d=0.1:r=10 -c:v libx264 -qp 4 -pix_fmt yuv420p",
            "-color_range \(range) -colorspace \(matrix)", to: "a.mp4")
        var settings = PictureSettings(size: nil)
        settings.range = range == "tv" ? .limited : .full
        settings.matrix = matrix == "bt709" ? .bt709 : .bt601
        let isEqual =
            try picture(path, PictureSettings(size: nil)).rgb == picture(path, settings).rgb
        #expect(isEqual)
    }

    @Test(arguments: [("2/1", 64, 24, 2.0), ("4/3", 43, 24, 4.0 / 3), ("1/2", 16, 24, 0.5)])
    func picturesHaveTheShapeInWhichTheyAreShown(
        _ aspect: String, _ width: Int, _ height: Int, _ ratio: Double
    ) throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=32x24:d=0.1:r=10 -c:v libx264 -pix_fmt yuv420p -vf setsar=\(aspect)",
            to: "a.mp4")
        var settings = PictureSettings(size: nil)
        let shown = try picture(path, settings)
        #expect(shown.width == width && shown.height == height)
        let filter = "scale=\(width):\(height):flags=bicubic+\(Self.exact)"
        let isEqual = try shown.rgb == filtered("a.mp4", filter)
        #expect(isEqual)
        settings.appliesAspectRatio = false
        let stored = try picture(path, settings)
        #expect(stored.width == 32 && stored.height == 24)
        for fit in PictureSettings.Fit.allCases {
            var own = PictureSettings(size: PictureSize(width: 12, height: 12), fit: fit)
            let layout = PictureLayout(of: (32 * ratio, 24), own)
            #expect(try picture(path, own).rgb.count == 12 * 12 * 3)
            own.appliesAspectRatio = false
            let isSame = layout == PictureLayout(of: (32, 24), own)
            #expect(isSame == (fit == .squash))
        }
    }

    @Test(arguments: [
        (
            PictureSettings.Fit.shortCrop, 64, 48,
            "scale=32:24:flags=bicubic+\(exact),crop=24:24:4:0"
        ),
        (.shortCrop, 36, 48, "scale=24:32:flags=bicubic+\(exact),crop=24:24:0:4"),
        (.letterbox, 64, 48, "scale=24:18:flags=bicubic+\(exact),format=rgb24,pad=24:24:0:3:black"),
        (.letterbox, 36, 48, "scale=18:24:flags=bicubic+\(exact),format=rgb24,pad=24:24:3:0:black"),
        (.squash, 36, 48, "scale=24:24:flags=bicubic+\(exact)"),
    ])
    func picturesFitAsTheFiltersMakeThem(
        _ fit: PictureSettings.Fit, _ width: Int, _ height: Int, _ filter: String
    ) throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=\(width)x\(height):d=0.1:r=10 -c:v ffv1 -pix_fmt yuv444p",
            to: "a.mkv")
        let settings = PictureSettings(size: PictureSize(width: 24, height: 24), fit: fit)
        let filter = filter.replacingOccurrences(of: ",crop", with: ",format=rgb24,crop")
        let isEqual = try picture(path, settings).rgb == filtered("a.mkv", filter)
        #expect(isEqual)
    }

    @Test func aTurnedPictureIsCutAsItIsShown() throws {
        _ = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=64x32:d=0.1:r=10 -c:v libx264 -qp 0 -pix_fmt yuv444p",
            to: "a.mp4")
        let path = try fixture.ffmpeg(
            "-i a.mp4 -c copy -metadata:s:v:0 rotate=90", to: "turned.mp4")
        let size = PictureSize(width: 16, height: 16)
        var settings = PictureSettings(size: size, fit: .shortCrop)
        let shown = try picture(path, settings)
        settings.appliesRotation = false
        let turn = try MediaFile.summary(of: path).streams[0].orientation
        #expect(turn.isTransposed)
        let turned = try turn.apply(to: picture(path, settings).rgb, width: 16, height: 16)
        let isTurned = shown.rgb == turned
        #expect(isTurned)

        // Pillow's kernels see the upright picture.
        settings = PictureSettings(size: size, fit: .shortCrop, kernel: .pillowBicubic)
        let upright = try ClipDecoder.pictures(in: path, limit: 1).pictures[0]
        let resampler = Resampler(
            .pillowBicubic, from: PictureSize(width: 32, height: 64),
            to: PictureLayout(of: (32, 64), settings))
        let isResampled = try picture(path, settings).rgb == resampler.resample(upright.rgb)
        #expect(isResampled)
    }

    @Test func theShorterSideMayBeLargerThanTheCut() {
        let settings = PictureSettings(
            size: PictureSize(width: 224, height: 224), fit: .shortCrop, shortSide: 256)
        // torchvision: Resize(256) makes 455 × 256 of 640 × 360, CenterCrop(224) begins at round(115.5) and 16.
        let layout = PictureLayout(of: (640, 360), settings)
        #expect(layout.scaled == PictureSize(width: 455, height: 256))
        #expect(layout.left == 116 && layout.top == 16)
    }

    /// Pictures of which the even lines have one luma and the odd ones another, by time.
    @Test(arguments: [true, false])
    func oneFieldIsKeptOfTwo(_ isTopFirst: Bool) throws {
        let order = isTopFirst ? "tff" : "bff"
        let path = try fixture.ffmpeg(
            "-f lavfi -i color=black:s=32x16:r=10:d=0.1,format=yuv420p,geq=lum='if(mod(Y,2),200,40+2*Y)':cb=128:cr=128",
            "-vf setfield=\(order) -c:v ffv1 -field_order \(isTopFirst ? "tt" : "bb")", to: "a.mkv")
        var settings = PictureSettings(size: nil)
        settings.range = .full
        let shown = try picture(path, settings)
        let column = (0..<16).map { Int(shown.rgb[$0 * 32 * 3]) }
        if isTopFirst {
            // The even lines rise by 4 from line to line, and those between by 2; the last has none below.
            #expect(column == (0..<15).map { 40 + 2 * $0 } + [68])
        } else {
            #expect(column == Array(repeating: 200, count: 16))
        }
        settings.deinterlacing = .off
        let woven = try picture(path, settings)
        let lines = (0..<16).map { Int(woven.rgb[$0 * 32 * 3]) }
        #expect(lines == (0..<16).map { $0 % 2 == 1 ? 200 : 40 + 2 * $0 })
    }

    @Test func fieldsOfRealCodecsAreFlagged() throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=64x48:r=50:d=0.4",
            "-vf format=gray,format=yuv420p,tinterlace=mode=interleave_top",
            "-c:v mpeg2video -q:v 1 -flags +ilme+ildct -top 1", to: "a.ts")
        var settings = PictureSettings(size: nil)
        let field = try picture(path, settings).rgb
        settings.deinterlacing = .off
        let woven = try picture(path, settings).rgb
        // The field of the even lines stays, and so does nothing of the other.
        let isChanged = (0..<48).map { row in
            let places = (row * 64 * 3)..<((row + 1) * 64 * 3)
            return field[places] != woven[places]
        }
        #expect(isChanged == (0..<48).map { $0 % 2 == 1 })
    }

    @Test func sizesAreHeldAgainstTheLimit() throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=32x24:d=0.1:r=10 -c:v libx264 -vf setsar=255/1", to: "a.mp4")
        var request = ClipRequest(
            times: [0], pictureSize: nil, duration: 0.1, limits: DecodingLimits(pixels: 10_000))
        request.wantsSound = false
        let error = #expect(throws: MediaError.self) { try ClipDecoder.decode(path, request) }
        #expect(error?.reason.contains("exceeds 10000 pixels") == true)
    }
}
