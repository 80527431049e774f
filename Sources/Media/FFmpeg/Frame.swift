import CFFmpeg

extension FFmpeg {
    /// A decoded picture, or a run of decoded samples.
    struct Frame: ~Copyable {
        let pointer: UnsafeMutablePointer<AVFrame>

        init() {
            pointer = av_frame_alloc()
        }

        deinit {
            var pointer: UnsafeMutablePointer<AVFrame>? = pointer
            av_frame_free(&pointer)
        }

        /// Replaces the content by that of `other`, which is empty afterwards.
        mutating func take(from other: borrowing Frame) {
            av_frame_unref(pointer)
            av_frame_move_ref(pointer, other.pointer)
        }

        /// Presentation time in ticks: the stream's own, or one that FFmpeg derives from decoding times.
        var ticks: Int64? { FFmpeg.known(pointer.pointee.best_effort_timestamp) }

        /// Duration in ticks; 0 when unknown.
        var duration: Int64 { known(pointer.pointee.pkt_duration) ?? 0 }

        /// The decoder had to conceal damage.
        var isCorrupt: Bool {
            pointer.pointee.decode_error_flags != 0
                || pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
        }

        /// The picture consists of two fields, taken one after the other.
        var isInterlaced: Bool { pointer.pointee.interlaced_frame != 0 }

        /// Width of a stored pixel by its height, if the picture says it.
        var pixelAspect: Double? { FFmpeg.aspect(pointer.pointee.sample_aspect_ratio) }

        var width: Int { Int(pointer.pointee.width) }
        var height: Int { Int(pointer.pointee.height) }
        var sampleCount: Int { Int(pointer.pointee.nb_samples) }
        var sampleRate: Int { Int(pointer.pointee.sample_rate) }

        /// How the picture is to be turned, if it carries a display matrix of its own.
        var orientation: Orientation? {
            guard
                let data = av_frame_get_side_data(pointer, AV_FRAME_DATA_DISPLAYMATRIX)?.pointee,
                data.size >= 9 * MemoryLayout<Int32>.size
            else { return nil }
            return Orientation(displayMatrix: data.data)
        }
    }
}

extension Orientation {
    /// Reads the nine 32-bit numbers at `bytes`.
    init(displayMatrix bytes: UnsafePointer<UInt8>) {
        self = bytes.withMemoryRebound(to: Int32.self, capacity: 9) {
            Orientation(a: $0[0], b: $0[1], c: $0[3], d: $0[4])
        }
    }
}
