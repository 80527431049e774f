/// The first pictures of a file in order of presentation, with the times that the file gives them.
public struct PictureSequence: Sendable {
    /// Unit of `ticks`.
    public let timeBase: TimeBase

    /// The pictures; their times are seconds in the file's own count, whatever its zero.
    public let pictures: [Picture]

    /// Presentation time of each picture as it stands in the file; `nil` where it has none.
    public let ticks: [Int64?]
}

extension ClipDecoder {
    /// Decodes the first pictures at the size in which they are stored.
    ///
    /// - Parameters:
    ///   - path: A media file.
    ///   - limit: Number of pictures after which to stop.
    ///   - upright: Whether they are turned as they are shown.
    ///   - limits: What the file may cost.
    /// - Returns: As many pictures as there are, up to the limit.
    /// - Throws: If there is none.
    public static func pictures(
        in path: String, limit: Int, upright: Bool = true,
        limits: DecodingLimits = DecodingLimits()
    ) throws(MediaError) -> PictureSequence {
        var walk = try StreamWalk(video: path, limits)
        let orientation = walk.orientation
        let timeBase = walk.timeBase
        var converter = FFmpeg.PictureConverter(PictureSettings(size: nil))
        var pictures: [Picture] = []
        var ticks: [Int64?] = []
        while pictures.count < limit, try walk.next() {
            ticks.append(walk.frame.ticks)
            let turn = upright ? walk.frame.orientation ?? orientation : .upright
            pictures.append(try stored(walk.frame, timeBase, turn, &converter, path))
        }
        guard !pictures.isEmpty else {
            throw MediaError(.noVideo, "decode \(path)", reason: "no picture could be decoded")
        }
        return PictureSequence(timeBase: timeBase, pictures: pictures, ticks: ticks)
    }

    /// The picture as it is stored, but turned.
    private static func stored(
        _ frame: borrowing FFmpeg.Frame, _ timeBase: TimeBase, _ turn: Orientation,
        _ converter: inout FFmpeg.PictureConverter, _ path: String
    ) throws(MediaError) -> Picture {
        var (width, height) = (frame.width, frame.height)
        let rgb = try converter.rgb(
            frame, width: width, height: height, "convert a picture of \(path)")
        let upright = turn.apply(to: rgb, width: width, height: height)
        if turn.isTransposed { swap(&width, &height) }
        return Picture(
            time: timeBase.seconds(frame.ticks ?? 0), width: width, height: height, rgb: upright)
    }
}
