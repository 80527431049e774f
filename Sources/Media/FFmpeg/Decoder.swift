import CFFmpeg

extension FFmpeg {
    /// Turns the packets of one stream into frames, on the calling thread.
    struct Decoder: ~Copyable {
        /// What the decoder says to a request.
        enum Answer {
            case frame
            case needsPackets
            case finished
            case failed(String)
        }

        private let context: UnsafeMutablePointer<AVCodecContext>

        /// Opens the decoder of a stream.
        ///
        /// - Throws: `unsupported` if there is none, `corrupt` if the stream does not say what it holds.
        init(_ stream: Stream, in path: String, _ limits: DecodingLimits) throws(MediaError) {
            let operation = "decode \(path)"
            let kind = stream.isVideo ? "video" : "audio"
            let parameters = stream.parameters
            guard let codec = avcodec_find_decoder(parameters.codec_id) else {
                if parameters.codec_id == AV_CODEC_ID_NONE, parameters.codec_tag == 0 {
                    throw MediaError(
                        .corrupt, operation, reason: "the \(kind) stream does not name its codec")
                }
                let tag = fourCC(parameters.codec_tag)
                throw MediaError(
                    .unsupported, operation,
                    reason: "there is no decoder for \(kind) codec \(stream.codec) (\(tag))")
            }
            var context = avcodec_alloc_context3(codec)
            context!.pointee.pkt_timebase = stream.pointer.pointee.time_base
            context!.pointee.thread_count = 1
            // Decoders hold this against sizes with margins.
            context!.pointee.max_pixels = 2 * Int64(limits.pixels) + 65_536
            do {
                try FFmpeg.check(.corrupt, "\(operation) (\(kind), \(stream.codec))") {
                    let result = avcodec_parameters_to_context(
                        context, stream.pointer.pointee.codecpar)
                    return result < 0 ? result : avcodec_open2(context, codec, nil)
                }
            } catch {
                avcodec_free_context(&context)  // A value that was never complete has no deinit.
                throw error
            }
            self.context = context!
        }

        deinit {
            var context: UnsafeMutablePointer<AVCodecContext>? = context
            avcodec_free_context(&context)
        }

        /// Hands over a packet; frames must have been received until the decoder needs packets.
        ///
        /// - Returns: The library's words if it cannot make use of the packet.
        func send(_ packet: borrowing Packet) -> String? {
            let result = avcodec_send_packet(context, packet.pointer)
            return result < 0 ? FFmpeg.text(result) : nil
        }

        /// Says that no packet follows: the frames that are held back come out.
        func finish() {
            avcodec_send_packet(context, nil)
        }

        /// Fills `frame` with the next frame in order of presentation.
        func receive(into frame: borrowing Frame) -> Answer {
            let result = avcodec_receive_frame(context, frame.pointer)
            if result >= 0 { return .frame }
            if result == avprep_AVERROR(EAGAIN) { return .needsPackets }
            if result == avprep_AVERROR_EOF { return .finished }
            return .failed(FFmpeg.text(result))
        }
    }

    private static func fourCC(_ tag: UInt32) -> String {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: tag >> (8 * $0)) }
        let isText = bytes.allSatisfy { (0x20..<0x7f).contains($0) }
        return isText ? String(decoding: bytes, as: UTF8.self) : "tag \(tag)"
    }
}
