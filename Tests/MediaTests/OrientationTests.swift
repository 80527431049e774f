import Foundation
import Testing

@testable import Media

@Suite("Orientation")
struct OrientationTests {
    /// The picture 1 2 3 / 4 5 6, shown with each of the eight display matrices (a, b, c, d).
    static let cases: [(matrix: [Int32], rows: [[UInt8]], clockwise: Int, isMirrored: Bool)] = [
        ([1, 0, 0, 1], [[1, 2, 3], [4, 5, 6]], 0, false),
        ([0, 1, -1, 0], [[4, 1], [5, 2], [6, 3]], 90, false),
        ([-1, 0, 0, -1], [[6, 5, 4], [3, 2, 1]], 180, false),
        ([0, -1, 1, 0], [[3, 6], [2, 5], [1, 4]], 270, false),
        ([-1, 0, 0, 1], [[3, 2, 1], [6, 5, 4]], 0, true),
        ([0, -1, -1, 0], [[6, 3], [5, 2], [4, 1]], 90, true),
        ([1, 0, 0, -1], [[4, 5, 6], [1, 2, 3]], 180, true),
        ([0, 1, 1, 0], [[1, 4], [2, 5], [3, 6]], 270, true),
    ]

    private func pixels(_ values: [UInt8]) -> [UInt8] {
        values.flatMap { [$0, $0 + 10, $0 + 20] as [UInt8] }
    }

    @Test(arguments: cases.indices)
    func picturesAreTurnedAsTheirMatrixSays(_ index: Int) {
        let (matrix, rows, clockwise, isMirrored) = Self.cases[index]
        let m = matrix.map { $0 << 16 }
        let orientation = Orientation(a: m[0], b: m[1], c: m[2], d: m[3])
        let stored = pixels([1, 2, 3, 4, 5, 6])
        let shown = pixels(rows.flatMap(\.self))
        #expect(orientation.apply(to: stored, width: 3, height: 2) == shown)
        #expect(orientation.clockwiseDegrees == clockwise)
        #expect(orientation.isMirrored == isMirrored)
    }

    @Test(arguments: [[0, 0, 0, 0], [46_341, 46_341, -46_341, 46_341], [65_536, 0, 0, 0]])
    func otherMatricesChangeNothing(_ m: [Int32]) {
        #expect(Orientation(a: m[0], b: m[1], c: m[2], d: m[3]) == .upright)
    }

    @Test(arguments: [(0, 32, 16), (90, 16, 32), (180, 32, 16), (270, 16, 32)])
    func filesAreTurnedAsFFmpegTurnsThem(_ degrees: Int, _ width: Int, _ height: Int) throws {
        let fixture = try Fixture()
        _ = try fixture.ffmpeg(
            "-f lavfi -i testsrc=s=32x16:d=0.1:r=10 -c:v libx264 -qp 0 -pix_fmt yuv444p",
            to: "stored.mp4")
        let path = try fixture.ffmpeg(
            "-i stored.mp4 -c copy -metadata:s:v:0 rotate=\(degrees)", to: "turned.mp4")
        let raw = try fixture.ffmpeg(
            "-i turned.mp4 -pix_fmt rgb24",
            "-sws_flags bicubic+accurate_rnd+full_chroma_int+bitexact -f rawvideo", to: "raw")
        let expected = try [UInt8](Data(contentsOf: URL(filePath: raw)))
        let picture = try ClipDecoder.pictures(in: path, limit: 1).pictures[0]
        #expect(picture.width == width && picture.height == height)
        // As a value of its own: the difference of long arrays takes minutes to describe.
        let isEqual = picture.rgb == expected
        #expect(isEqual)
        let clip = try ClipDecoder.decode(
            path,
            ClipRequest(
                times: [0], pictureSize: PictureSize(width: width, height: height), duration: 0.1))
        let isEqualAsClip = clip.pictures[0]?.rgb == expected
        #expect(isEqualAsClip)
    }
}
