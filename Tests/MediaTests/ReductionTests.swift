import TestSupport
import Testing

@testable import Media

/// Pictures made many times smaller.
@Suite struct ReductionTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private func picture(
        _ path: String, side: Int, _ kernel: PictureSettings.Kernel = .bicubic
    ) throws -> [UInt8] {
        var settings = PictureSettings(size: PictureSize(width: side, height: side))
        settings.kernel = kernel
        let request = ClipRequest(
            sampling: .segments, picture: settings, segments: 1, segmentDuration: 0.2)
        return try #require(try ClipDecoder.decode(path, request).pictures[0]).rgb
    }

    /// A ramp from left to right keeps its mean in each pixel, at the edges too.
    @Test(arguments: [PictureSettings.Kernel.bicubic, .bilinear, .area], [16, 40])
    func rampStaysARamp(kernel: PictureSettings.Kernel, side: Int) throws {
        let path = try fixture.ffmpeg(
            "-f lavfi -i color=black:s=2047x1153:r=5:d=0.2,format=gray,geq=lum=X/2047*255 -c:v ffv1",
            to: "ramp.mkv")
        let rgb = try picture(path, side: side, kernel)
        for row in 0..<side {
            for column in 0..<side {
                let expected = (Double(column) + 0.5) / Double(side) * 255
                let error = abs(Double(rgb[(row * side + column) * 3]) - expected)
                // Kernels that reach beyond an edge repeat it, which bends the ramp there.
                #expect(error < 3 + 128 / Double(side), "\(row), \(column)")
            }
        }
    }

    /// What was decoded before leaves its traces in memory.
    @Test(arguments: [16, 32, 224])
    func pictureDoesNotDependOnThoseBefore(side: Int) throws {
        let clip = try fixture.ffmpeg(
            "-f lavfi -i testsrc2=s=3026x1386:r=5:d=0.4 -c:v libx264 -qp 20", to: "clip.mp4")
        let white = try fixture.ffmpeg(
            "-f lavfi -i color=white:s=3100x1500:r=5:d=0.4 -c:v libx264", to: "white.mp4")
        let first = try picture(clip, side: side)
        for _ in 0..<3 { _ = try picture(white, side: side) }
        #expect(try picture(clip, side: side) == first)
    }
}
