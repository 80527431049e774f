/// Makes the pictures of a clip from decoded frames.
///
/// In this order: one field of an interlaced frame, RGB, upright, scaled, cut or surrounded. FFmpeg's kernels scale
/// while they convert, so with them it is the stored picture that is scaled, and then turned.
final class PictureMaker {
    private let settings: PictureSettings
    private let orientation: Orientation
    private let pixelAspect: Double?
    private let operation: String
    private let greatestSize: Int
    private var converter: FFmpeg.PictureConverter
    private var resampler: Resampler?

    init(_ stream: FFmpeg.Stream, in path: String, _ request: ClipRequest) {
        settings = request.picture
        orientation = stream.orientation
        pixelAspect = stream.pixelAspect
        operation = "convert a picture of \(path)"
        greatestSize = request.limits.pixels
        converter = FFmpeg.PictureConverter(request.picture)
    }

    /// The picture that appears at a time of the clip.
    func picture(_ frame: borrowing FFmpeg.Frame, at time: Double) throws(MediaError) -> Picture {
        if settings.deinterlacing == .automatic, frame.isInterlaced {
            let field = try frame.firstField(operation)
            return try progressive(field, at: time)
        }
        return try progressive(frame, at: time)
    }

    private func progressive(
        _ frame: borrowing FFmpeg.Frame, at time: Double
    ) throws(MediaError) -> Picture {
        let turn =
            settings.appliesRotation ? frame.orientation ?? orientation : Orientation.upright
        let aspect =
            settings.appliesAspectRatio ? pixelAspect ?? frame.pixelAspect ?? 1 : 1
        var shape = (width: Double(frame.width) * aspect, height: Double(frame.height))
        if turn.isTransposed { shape = (shape.height, shape.width) }
        let layout = PictureLayout(of: shape, settings)
        guard layout.scaled.pixels <= greatestSize else {
            throw MediaError(
                .hostile, operation,
                reason: "as it is shown it exceeds \(greatestSize) pixels")
        }
        var rgb: [UInt8]
        if let kernel = settings.kernel.onRGB {
            rgb = try resampled(frame, turn, layout, kernel)
        } else {
            var (width, height) = (layout.scaled.width, layout.scaled.height)
            if turn.isTransposed { swap(&width, &height) }
            rgb = try scaled(frame, PictureSize(width: width, height: height))
            rgb = turn.apply(to: rgb, width: width, height: height)
            rgb = layout.cut(rgb)
        }
        return Picture(
            time: time, width: layout.size.width, height: layout.size.height, rgb: rgb)
    }

    /// The greatest reduction that is left to FFmpeg.
    ///
    /// From 42 on with the bicubic kernel, libswscale takes two passes, and at the edges of the second one reads memory
    /// that nobody has filled.
    private static let greatestReduction = 32

    /// Scales the stored picture by FFmpeg's kernel; beyond what is left to it, the rest of the way by Pillow's of the
    /// same shape, or bilinear for areas.
    private func scaled(
        _ frame: borrowing FFmpeg.Frame, _ size: PictureSize
    ) throws(MediaError) -> [UInt8] {
        let first = PictureSize(
            width: min(frame.width, size.width * Self.greatestReduction),
            height: min(frame.height, size.height * Self.greatestReduction))
        guard frame.width > first.width || frame.height > first.height else {
            return try converter.rgb(frame, width: size.width, height: size.height, operation)
        }
        let rgb = try converter.rgb(frame, width: first.width, height: first.height, operation)
        let layout = PictureLayout(whole: size)
        if resampler?.source != first || resampler?.layout != layout {
            let kernel: Resampler.Kernel =
                settings.kernel == .bicubic ? .pillowBicubic : .pillowBilinear
            resampler = Resampler(kernel, from: first, to: layout)
        }
        return resampler!.resample(rgb)
    }

    /// Scales the upright picture, and no more of it than is kept.
    private func resampled(
        _ frame: borrowing FFmpeg.Frame, _ turn: Orientation, _ layout: PictureLayout,
        _ kernel: Resampler.Kernel
    ) throws(MediaError) -> [UInt8] {
        let (width, height) = (frame.width, frame.height)
        let stored = try converter.rgb(frame, width: width, height: height, operation)
        let upright = turn.apply(to: stored, width: width, height: height)
        let source = PictureSize(
            width: turn.isTransposed ? height : width, height: turn.isTransposed ? width : height)
        if resampler?.source != source || resampler?.layout != layout {
            resampler = Resampler(kernel, from: source, to: layout)
        }
        return layout.surrounded(resampler!.resample(upright))
    }
}

extension PictureLayout {
    /// The columns of the scaled picture that are kept.
    var columns: Range<Int> { max(0, left)..<min(scaled.width, left + size.width) }

    /// The rows of the scaled picture that are kept.
    var rows: Range<Int> { max(0, top)..<min(scaled.height, top + size.height) }

    /// What is kept of a scaled picture, with what surrounds it.
    func cut(_ rgb: [UInt8]) -> [UInt8] {
        if columns == 0..<scaled.width, rows == 0..<scaled.height { return surrounded(rgb) }
        var kept: [UInt8] = []
        kept.reserveCapacity(columns.count * rows.count * 3)
        for row in rows {
            let start = (row * scaled.width + columns.lowerBound) * 3
            kept += rgb[start..<(start + columns.count * 3)]
        }
        return surrounded(kept)
    }

    /// A picture of the kept columns and rows, in the middle of black where it is smaller than wanted.
    func surrounded(_ kept: [UInt8]) -> [UInt8] {
        if columns.count == size.width, rows.count == size.height { return kept }
        var all = [UInt8](repeating: 0, count: size.pixels * 3)
        let (left, top) = (max(0, -left), max(0, -top))
        let rowSize = columns.count * 3
        for row in 0..<rows.count {
            let start = ((top + row) * size.width + left) * 3
            all.replaceSubrange(
                start..<(start + rowSize), with: kept[(row * rowSize)..<((row + 1) * rowSize)])
        }
        return all
    }
}
