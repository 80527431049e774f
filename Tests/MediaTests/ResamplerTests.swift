import Tensors
import TestSupport
import Testing

@testable import Media

/// Kernels against Pillow, PyTorch and OpenCV; `tools/references/resize.py` makes their values.
@Suite("Resampling")
struct ResamplerTests {
    static let sizes = [
        (64, 48, 24, 24), (37, 53, 24, 31), (16, 9, 33, 40), (31, 17, 31, 8), (7, 5, 7, 5),
        (1, 1, 5, 3), (9, 7, 1, 1), (3, 2, 40, 1), (90, 50, 7, 9), (2, 2, 3, 5), (80, 45, 40, 40),
    ]

    /// Levels by which a byte may differ; Pillow's arithmetic is ours.
    static let kernels: [(PictureSettings.Kernel, Int)] = [
        (.pillowBicubic, 0), (.pillowBilinear, 0), (.torchBicubic, 1), (.openCVBilinear, 1),
    ]

    @Test(arguments: kernels, ["noise", "smooth"])
    func picturesAreScaledAsByTheReference(
        _ kernel: (PictureSettings.Kernel, Int), _ kind: String
    ) throws {
        let references = try Reference.tensors("resize")
        let onRGB = try #require(kernel.0.onRGB)
        for (width, height, newWidth, newHeight) in Self.sizes {
            let name = "\(kind)-\(width)x\(height)-\(newWidth)x\(newHeight)"
            let source = try references.tensor("\(name).source").elements.map { UInt8($0) }
            let expected = try references.tensor("\(name).\(kernel.0.rawValue)").elements
            let settings = PictureSettings(size: PictureSize(width: newWidth, height: newHeight))
            let layout = PictureLayout(of: (Double(width), Double(height)), settings)
            let size = PictureSize(width: width, height: height)
            let scaled = Resampler(onRGB, from: size, to: layout).resample(source)
            try #require(scaled.count == expected.count)
            let difference = zip(scaled, expected).map { abs(Int($0) - Int($1)) }.max()!
            // Pillow 13 weighs columns first where a picture becomes wider and lower, and rounds between the passes.
            let isTurned = newWidth > width && newHeight < height
            #expect(difference <= (isTurned ? 1 : kernel.1), "\(name)")
        }
    }

    @Test(arguments: kernels.map(\.0))
    func aCutIsTheMiddleOfTheWhole(_ kernel: PictureSettings.Kernel) throws {
        let onRGB = try #require(kernel.onRGB)
        let source = (0..<(50 * 20 * 3)).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
        let size = PictureSize(width: 50, height: 20)
        let shape = (width: 50.0, height: 20.0)
        let cut = PictureLayout(
            of: shape, PictureSettings(size: PictureSize(width: 9, height: 9), fit: .shortCrop))
        let whole = PictureLayout(
            of: shape, PictureSettings(size: PictureSize(width: 22, height: 9)))
        #expect(cut.scaled == whole.scaled && cut.left == 6 && cut.top == 0)
        let scaled = Resampler(onRGB, from: size, to: whole).resample(source)
        let starts = (0..<9).map { (row: Int) -> Int in (row * 22 + 6) * 3 }
        let middle: [UInt8] = starts.flatMap { start in scaled[start..<(start + 27)] }
        #expect(Resampler(onRGB, from: size, to: cut).resample(source) == middle)
    }
}
