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

        /// It brings parameters of its own for what follows.
        var hasNewParameters: Bool {
            av_packet_get_side_data(pointer, AV_PKT_DATA_NEW_EXTRADATA, nil) != nil
                || av_packet_get_side_data(pointer, AV_PKT_DATA_PARAM_CHANGE, nil) != nil
        }

        var byteCount: Int { Int(pointer.pointee.size) }

        /// Presentation time in ticks; `nil` when unknown.
        var presentationTicks: Int64? { known(pointer.pointee.pts) }

        /// Takes over the content of `other`, which is empty afterwards.
        func take(from other: borrowing Packet) {
            av_packet_unref(pointer)
            av_packet_move_ref(pointer, other.pointer)
        }

        /// Presentation time in ticks, or else decoding time.
        var ticks: Int64? {
            known(pointer.pointee.pts) ?? known(pointer.pointee.dts)
        }

        /// Duration in ticks; 0 when unknown.
        var duration: Int64 { known(pointer.pointee.duration) ?? 0 }
    }

    /// A time in ticks, unless it is FFmpeg's mark for an unknown one.
    ///
    /// Times of more than 2⁵³ ticks count as unknown: only damaged files have them, and sums of them may be beyond 64
    /// bits.
    static func known(_ ticks: Int64) -> Int64? {
        -(1 << 53)...(1 << 53) ~= ticks ? ticks : nil
    }
}
