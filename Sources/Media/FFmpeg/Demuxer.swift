import CFFmpeg

extension FFmpeg {
    /// An open media file that yields its packets; closed when it goes out of scope.
    ///
    /// It reads that one file. Whatever asks for another one, as playlists do, is refused.
    struct Demuxer: ~Copyable {
        let path: String
        private let deadline: Deadline
        private let context: UnsafeMutablePointer<AVFormatContext>
        private let input: UnsafeMutablePointer<AVIOContext>
        private let packetLimit: Int
        private var packetCount = 0

        /// Opens a file and reads as much of it as describes its streams.
        init(
            opening path: String, _ limits: DecodingLimits, _ deadline: Deadline
        ) throws(MediaError) {
            _ = FFmpeg.silence
            let operation = "open \(path)"
            // "file:" keeps a name that holds a colon, or begins with a dash, from being taken for more.
            let url = "file:\(path)"
            let input = try Demuxer.openInput(url, deadline, operation)
            let context: UnsafeMutablePointer<AVFormatContext>
            do {
                context = try Demuxer.openContext(input, url, limits, deadline, operation)
            } catch {
                var input: UnsafeMutablePointer<AVIOContext>? = input
                avio_closep(&input)  // A value that was never complete has no deinit.
                throw error
            }
            self.context = context
            self.input = input
            self.path = path
            self.deadline = deadline
            packetLimit = limits.packets
        }

        deinit {
            var context: UnsafeMutablePointer<AVFormatContext>? = context
            avformat_close_input(&context)
            var input: UnsafeMutablePointer<AVIOContext>? = input
            avio_closep(&input)
        }

        /// Reads the next packet of any stream that is not discarded; false at the end of the file.
        ///
        /// - Throws: `timeout` or `hostile` at a limit; `corrupt` where the file cannot be read further.
        mutating func read(into packet: borrowing Packet) throws(MediaError) -> Bool {
            let operation = "read \(path)"
            try deadline.check(operation)
            av_packet_unref(packet.pointer)
            var result: Int32
            repeat {
                result = av_read_frame(context, packet.pointer)
            } while result == avprep_AVERROR(EAGAIN) && deadline.excess == nil
            if result == avprep_AVERROR_EOF { return false }
            if result < 0 { try deadline.check(operation) }
            try FFmpeg.check(.corrupt, operation) { result }
            deadline.noteProgress()
            packetCount += 1
            if packetCount > packetLimit {
                throw MediaError(.hostile, operation, reason: "more than \(packetLimit) packets")
            }
            return true
        }

        /// The streams, in the order of the file.
        var streams: [Stream] {
            (0..<Int(context.pointee.nb_streams)).map { Stream(context.pointee.streams[$0]!) }
        }

        /// The first stream that shows moving pictures: cover art does not count.
        var videoStream: Stream? { streams.first { $0.isVideo } }

        /// The first stream that holds sound.
        var audioStream: Stream? { streams.first { $0.isAudio } }

        /// FFmpeg's name of the container, such as `matroska,webm`.
        var container: String { String(cString: context.pointee.iformat.pointee.name) }

        /// The file's own zero in ticks of a stream: the start of its earliest stream.
        func startTicks(in stream: Stream) -> Int64 {
            let start = FFmpeg.known(context.pointee.start_time) ?? 0
            let ticks = av_rescale_q(
                start, AVRational(num: 1, den: Int32(AV_TIME_BASE)),
                stream.pointer.pointee.time_base
            )
            return FFmpeg.known(ticks) ?? 0
        }

        /// Seconds that the container states, which may be wrong; `nil` when it states none.
        var duration: Double? {
            FFmpeg.known(context.pointee.duration).map { Double($0) / Double(AV_TIME_BASE) }
        }

        /// Keeps packets of all other streams from being read.
        func select(_ indices: [Int]) {
            for index in 0..<Int(context.pointee.nb_streams) where !indices.contains(index) {
                context.pointee.streams[index]!.pointee.discard = AVDISCARD_ALL
            }
        }
    }
}
