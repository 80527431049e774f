import CFFmpeg

extension FFmpeg.Frame {
    /// A whole picture from the field that is shown first.
    ///
    /// In each plane, that field's lines stay, and each line of the other one becomes the mean, halves rounded up, of
    /// the lines above and below; at the edge, where one of them is missing, it becomes the other. Formats whose
    /// samples are neither bytes nor pairs of them stay as they are.
    func firstField(_ operation: String) throws(MediaError) -> FFmpeg.Frame {
        let field = FFmpeg.Frame()
        let (source, target) = (pointer, field.pointer)
        try FFmpeg.check(.corrupt, operation) { av_frame_ref(target, source) }
        let format = AVPixelFormat(source.pointee.format)
        guard let description = av_pix_fmt_desc_get(format)?.pointee else { return field }
        let odd = [AV_PIX_FMT_FLAG_PAL, AV_PIX_FMT_FLAG_BITSTREAM, AV_PIX_FMT_FLAG_HWACCEL]
        let depth = Int(description.comp.0.depth)
        let isSwapped = depth > 8 && description.flags & UInt64(AV_PIX_FMT_FLAG_BE) != 0
        guard !odd.contains(where: { description.flags & UInt64($0) != 0 }), !isSwapped,
            depth == 8 || 9...16 ~= depth
        else { return field }
        try FFmpeg.check(.corrupt, operation) { av_frame_make_writable(target) }
        let isTop = source.pointee.top_field_first != 0
        for index in 0..<Int(av_pix_fmt_count_planes(format)) {
            let isChroma = index == 1 || index == 2
            let rows = isChroma ? -(-height >> Int(description.log2_chroma_h)) : height
            let bytes = av_image_get_linesize(format, target.pointee.width, Int32(index))
            withUnsafePointer(to: target.pointee.data) { data in
                data.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 8) {
                    planes in
                    withUnsafePointer(to: target.pointee.linesize) { sizes in
                        sizes.withMemoryRebound(to: Int32.self, capacity: 8) { strides in
                            Self.fill(
                                planes[index]!, Int(strides[index]), rows, Int(bytes), isTop: isTop,
                                isWide: depth > 8)
                        }
                    }
                }
            }
        }
        return field
    }

    /// Fills every second line of a plane.
    private static func fill(
        _ plane: UnsafeMutablePointer<UInt8>, _ stride: Int, _ rows: Int, _ bytes: Int,
        isTop: Bool, isWide: Bool
    ) {
        guard rows > 1, bytes > 0 else { return }
        for row in Swift.stride(from: isTop ? 1 : 0, to: rows, by: 2) {
            let above = plane + (row > 0 ? row - 1 : 1) * stride
            let below = plane + (row + 1 < rows ? row + 1 : row - 1) * stride
            let target = plane + row * stride
            if isWide {
                mean(above, below, target, bytes / 2, as: UInt16.self)
            } else {
                mean(above, below, target, bytes, as: UInt8.self)
            }
        }
    }

    private static func mean<Sample: FixedWidthInteger>(
        _ above: UnsafeMutablePointer<UInt8>, _ below: UnsafeMutablePointer<UInt8>,
        _ target: UnsafeMutablePointer<UInt8>, _ count: Int, as _: Sample.Type
    ) {
        above.withMemoryRebound(to: Sample.self, capacity: count) { above in
            below.withMemoryRebound(to: Sample.self, capacity: count) { below in
                target.withMemoryRebound(to: Sample.self, capacity: count) { target in
                    for i in 0..<count {
                        target[i] = Sample((UInt32(above[i]) + UInt32(below[i]) + 1) / 2)
                    }
                }
            }
        }
    }
}
