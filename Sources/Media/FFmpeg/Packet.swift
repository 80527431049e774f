import CFFmpeg

extension FFmpeg {
    /// A piece of one stream as it lies in the file; one allocation, refilled again and again.
    struct Packet: ~Copyable {
        let pointer: UnsafeMutablePointer<AVPacket>

        init() {
            pointer = av_packet_alloc()
        }

        deinit {
            var pointer: UnsafeMutablePointer<AVPacket>? = pointer
            av_packet_free(&pointer)
        }

        var streamIndex: Int { Int(pointer.pointee.stream_index) }

        /// The file ended inside the packet, or the container says that it is damaged.
        var isCorrupt: Bool { pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }

        /// An edit list hides the packet: it is decoded, but not shown.
        var isHidden: Bool { pointer.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }

        /// Presentation time in ticks, or else decoding time.
        var ticks: Int64? {
            known(pointer.pointee.pts) ?? known(pointer.pointee.dts)
        }

        /// Duration in ticks; 0 when unknown.
        var duration: Int64 { pointer.pointee.duration }
    }

    /// A time in ticks, unless it is FFmpeg's mark for an unknown one.
    static func known(_ ticks: Int64) -> Int64? {
        ticks == avprep_AV_NOPTS_VALUE ? nil : ticks
    }
}
