import CFFmpeg

extension FFmpeg {
    /// A stream of an open file; valid for as long as its demuxer.
    struct Stream {
        let pointer: UnsafeMutablePointer<AVStream>

        init(_ pointer: UnsafeMutablePointer<AVStream>) {
            self.pointer = pointer
        }

        var index: Int { Int(pointer.pointee.index) }
        var parameters: AVCodecParameters { pointer.pointee.codecpar.pointee }

        var isVideo: Bool {
            parameters.codec_type == AVMEDIA_TYPE_VIDEO
                && pointer.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
        }

        var isAudio: Bool { parameters.codec_type == AVMEDIA_TYPE_AUDIO }

        var timeBase: TimeBase { TimeBase(pointer.pointee.time_base) }

        /// First presentation time in ticks, edit lists applied; `nil` when the file does not tell.
        var start: Int64? { FFmpeg.known(pointer.pointee.start_time) }

        /// Mean time between two pictures in seconds, as the container tells it.
        var pictureInterval: Double? {
            let rate = pointer.pointee.avg_frame_rate
            return rate.num > 0 && rate.den > 0 ? Double(rate.den) / Double(rate.num) : nil
        }

        /// Least number of pictures per second of which all times are multiples, as FFmpeg guesses.
        var baseRate: Double? {
            let rate = pointer.pointee.r_frame_rate
            return rate.num > 0 && rate.den > 0 ? Double(rate.num) / Double(rate.den) : nil
        }

        /// Number of pictures that the container states; `nil` when it states none.
        var statedCount: Int? {
            pointer.pointee.nb_frames > 0 ? Int(pointer.pointee.nb_frames) : nil
        }

        /// Width of a stored pixel by its height, as the container states it; `nil` when it states none.
        var pixelAspect: Double? { FFmpeg.aspect(pointer.pointee.sample_aspect_ratio) }

        /// FFmpeg's name of the codec, such as `h264`.
        var codec: String { String(cString: avcodec_get_name(parameters.codec_id)) }

        /// How pictures are to be turned before they are shown.
        var orientation: Orientation {
            var size = 0
            let matrix = av_stream_get_side_data(pointer, AV_PKT_DATA_DISPLAYMATRIX, &size)
            guard let matrix, size >= 9 * MemoryLayout<Int32>.size else { return .upright }
            return Orientation(displayMatrix: matrix)
        }
    }
}

extension FFmpeg {
    /// A ratio of width to height, unless it is unknown.
    static func aspect(_ rational: AVRational) -> Double? {
        rational.num > 0 && rational.den > 0 ? Double(rational.num) / Double(rational.den) : nil
    }
}

extension TimeBase {
    init(_ rational: AVRational) {
        self.init(numerator: Int(rational.num), denominator: Int(rational.den))
    }
}
