import CFFmpeg

extension FFmpeg {
    /// Scales decoded pictures and converts them to full-range RGB, eight bits per channel.
    ///
    /// One pass with exact rounding and chroma interpolated to each pixel, so that all processors give the same
    /// bytes. Colour matrix and range are the frame's own, unless others are asked for; where it names no matrix,
    /// that of BT.601 is taken and limited range assumed, as FFmpeg's own scaler does.
    struct PictureConverter: ~Copyable {
        /// All that a conversion depends on besides the pixels.
        private struct Setting: Equatable {
            let width, height, format: Int32
            let matrix, range: UInt32
            let targetWidth, targetHeight: Int
        }

        private var context: OpaquePointer?
        private var setting: Setting?
        private let target = Frame()

        private let settings: PictureSettings

        /// A converter with the kernel, range and matrix of the settings; other sizes than the frame's own are for
        /// FFmpeg's kernels alone.
        init(_ settings: PictureSettings) {
            self.settings = settings
        }

        deinit { sws_freeContext(context) }

        /// The picture as `[height, width, 3]`.
        mutating func rgb(
            _ frame: borrowing Frame, width: Int, height: Int, _ operation: String
        ) throws(MediaError) -> [UInt8] {
            try prepare(frame, width, height, operation)
            let context = context
            let (source, target) = (frame.pointer, target.pointer)
            try check(.unsupported, operation) { sws_scale_frame(context, target, source) }
            let rowSize = width * 3
            let stride = Int(target.pointee.linesize.0)
            let pixels = target.pointee.data.0!
            return [UInt8](unsafeUninitializedCapacity: rowSize * height) { bytes, count in
                for row in 0..<height {
                    (bytes.baseAddress! + row * rowSize)
                        .update(from: pixels + row * stride, count: rowSize)
                }
                count = rowSize * height
            }
        }

        private mutating func prepare(
            _ frame: borrowing Frame, _ width: Int, _ height: Int, _ operation: String
        ) throws(MediaError) {
            let source = frame.pointer.pointee
            let setting = Setting(
                width: source.width, height: source.height, format: source.format,
                matrix: source.colorspace.rawValue, range: source.color_range.rawValue,
                targetWidth: width, targetHeight: height)
            if setting == self.setting { return }
            self.setting = nil
            sws_freeContext(context)
            context = sws_alloc_context()
            let (context, target) = (context, target.pointer)
            let options = UnsafeMutableRawPointer(context!)
            let flags = kernel | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT
            for (name, value) in [
                ("srcw", Int64(source.width)), ("srch", Int64(source.height)),
                ("src_format", Int64(source.format)), ("dstw", Int64(width)),
                ("dsth", Int64(height)), ("dst_format", Int64(AV_PIX_FMT_RGB24.rawValue)),
                ("sws_flags", Int64(flags)),
            ] {
                av_opt_set_int(options, name, value, 0)
            }
            if source.format == AV_PIX_FMT_YUV420P.rawValue {
                // MPEG-2's place of the chroma samples, between two rows; the scaler assumes another.
                av_opt_set_int(options, "src_v_chr_pos", 128, 0)
            }
            try check(.unsupported, operation) { sws_init_context(context, nil, nil) }
            setColours(source)
            av_frame_unref(target)
            target.pointee.format = AV_PIX_FMT_RGB24.rawValue
            target.pointee.width = Int32(width)
            target.pointee.height = Int32(height)
            try check(.unsupported, operation) { av_frame_get_buffer(target, 0) }
            self.setting = setting
        }

        private func setColours(_ source: AVFrame) {
            var sourceTable, targetTable: UnsafeMutablePointer<Int32>?
            var (sourceRange, targetRange): (Int32, Int32) = (0, 0)
            var (brightness, contrast, saturation): (Int32, Int32, Int32) = (0, 0, 0)
            sws_getColorspaceDetails(
                context, &sourceTable, &sourceRange, &targetTable, &targetRange, &brightness,
                &contrast, &saturation)
            switch settings.range {
            case .limited: sourceRange = 0
            case .full: sourceRange = 1
            case .automatic where source.color_range == AVCOL_RANGE_UNSPECIFIED: break
            case .automatic: sourceRange = source.color_range == AVCOL_RANGE_JPEG ? 1 : 0
            }
            let table = sws_getCoefficients(matrix(of: source))
            sws_setColorspaceDetails(
                context, table, sourceRange, targetTable, targetRange, brightness, contrast,
                saturation)
        }

        /// FFmpeg's kernel; for the others chroma is brought to the size of luma by the bicubic one.
        private var kernel: Int32 {
            switch settings.kernel {
            case .bilinear: SWS_BILINEAR
            case .area: SWS_AREA
            default: SWS_BICUBIC
            }
        }

        private func matrix(of source: AVFrame) -> Int32 {
            let named: UInt32
            switch settings.matrix {
            case .bt601: named = AVCOL_SPC_BT470BG.rawValue
            case .bt709: named = AVCOL_SPC_BT709.rawValue
            case .automatic: named = source.colorspace.rawValue
            }
            let hasTable = (1...10).contains(named) && named != AVCOL_SPC_YCGCO.rawValue
            return Int32(hasTable ? named : AVCOL_SPC_BT470BG.rawValue)
        }
    }
}
