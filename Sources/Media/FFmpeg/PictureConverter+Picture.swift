extension FFmpeg.PictureConverter {
    /// The picture as it is to be shown: of the given size, or of its own, and turned upright.
    mutating func picture(
        _ frame: borrowing FFmpeg.Frame, at time: Double, _ orientation: Orientation,
        _ size: PictureSize?, _ operation: String
    ) throws(MediaError) -> Picture {
        var width = size?.width ?? frame.width
        var height = size?.height ?? frame.height
        if size != nil, orientation.isTransposed { swap(&width, &height) }
        let stored = try rgb(frame, width: width, height: height, operation)
        let upright = orientation.apply(to: stored, width: width, height: height)
        if orientation.isTransposed { swap(&width, &height) }
        return Picture(time: time, width: width, height: height, rgb: upright)
    }
}
