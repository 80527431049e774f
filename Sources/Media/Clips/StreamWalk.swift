/// The decoded frames of one stream, all of them, in order; what cannot be decoded is counted and passed over.
struct StreamWalk: ~Copyable {
    let timeBase: TimeBase
    let orientation: Orientation
    let frame = FFmpeg.Frame()
    private(set) var complaints = Complaints()
    private var demuxer: FFmpeg.Demuxer
    private var decoder: FFmpeg.Decoder
    private let packet = FFmpeg.Packet()
    private let index: Int
    private var isAtEnd = false

    /// Starts at the first frame of the video stream.
    init(
        video path: String, _ limits: DecodingLimits, _ deadline: Deadline? = nil
    ) throws(MediaError) {
        let demuxer = try FFmpeg.Demuxer(examining: path, limits, deadline)
        guard let stream = demuxer.videoStream else {
            throw MediaError(.noVideo, "decode \(path)", reason: "there is no video stream")
        }
        try self.init(stream, demuxer, limits)
    }

    /// Starts at the first frame of the audio stream.
    init(audio path: String, _ limits: DecodingLimits) throws(MediaError) {
        let demuxer = try FFmpeg.Demuxer(examining: path, limits)
        guard let stream = demuxer.audioStream else {
            throw MediaError(.noAudio, "decode \(path)", reason: "there is no audio stream")
        }
        try self.init(stream, demuxer, limits)
    }

    private init(
        _ stream: FFmpeg.Stream, _ demuxer: consuming FFmpeg.Demuxer, _ limits: DecodingLimits
    ) throws(MediaError) {
        decoder = try FFmpeg.Decoder(stream, in: demuxer.path, limits)
        demuxer.select([stream.index])
        index = stream.index
        timeBase = stream.timeBase
        orientation = stream.orientation
        self.demuxer = demuxer
    }

    /// Fills `frame` with the next one; false after the last.
    mutating func next() throws(MediaError) -> Bool {
        while true {
            switch decoder.receive(into: frame) {
            case .frame:
                if frame.isCorrupt { complaints.add("a frame is incomplete") }
                return true
            case .finished: return false
            case .failed(let reason): complaints.add(reason)
            case .needsPackets:
                if isAtEnd { return false }
                try feed()
            }
        }
    }

    private mutating func feed() throws(MediaError) {
        do {
            repeat {
                isAtEnd = try !demuxer.read(into: packet)
            } while !isAtEnd && packet.streamIndex != index
        } catch {
            guard error.kind == .corrupt else { throw error }
            complaints.add(error.reason)
            isAtEnd = true
        }
        if isAtEnd { return decoder.finish() }
        if let complaint = decoder.send(packet) { complaints.add(complaint) }
    }
}
