/// Picks, from a stream's pictures as they are decoded, those being shown at given times.
///
/// A picture is shown from its own time until that of the next one. The last one is shown for its own duration;
/// if the file does not state it, for the mean interval of the pictures; if there is only one, for 40 ms.
final class VideoTrack: VideoReading {
    let index: Int
    private let request: ClipRequest
    private let maker: PictureMaker
    private let times: [Double]
    private let zero: Double
    private let timeBase: TimeBase
    private let statedInterval: Double?
    private var decoder: FFmpeg.Decoder
    private let decoded = FFmpeg.Frame()
    private var shown = FFmpeg.Frame()
    private var shownTime: Double?
    private var shownPicture: Picture?
    private var firstTime: Double?
    private var pictureCount = 0
    private var packetEnd = -Double.infinity
    private var complaints = Complaints()

    /// For each wanted time up to now the picture being shown.
    private(set) var pictures: [Picture?] = []

    /// Where the stream ends, in seconds, as far as it was read.
    private(set) var end: Double?

    /// Rounding of times to seconds must not hide a picture that begins exactly when it is wanted.
    static let tolerance = 1e-6

    init(
        _ stream: FFmpeg.Stream, in path: String, _ request: ClipRequest, times: [Double],
        zero: Double
    ) throws(MediaError) {
        index = stream.index
        self.request = request
        self.times = times
        self.zero = zero
        timeBase = stream.timeBase
        maker = PictureMaker(stream, in: path, request)
        statedInterval = stream.pictureInterval
        decoder = try FFmpeg.Decoder(stream, in: path, request.limits)
    }

    /// Everything is decoded.
    let isDoubtful = false

    /// All wanted pictures are known.
    var isSettled: Bool { pictures.count == times.count }

    /// Nothing more has to be read to tell whether the stream is short.
    var isDone: Bool { isSettled && (end ?? 0) >= request.duration - ClipDecoder.tolerableLack }

    func take(_ packet: borrowing FFmpeg.Packet) throws(MediaError) {
        if packet.isCorrupt { complaints.add("a packet is incomplete") }
        if !isSettled {
            if let complaint = decoder.send(packet) { complaints.add(complaint) }
            try receive()
        }
        noteEnd(of: packet)
    }

    /// Settles what is left, after the last packet.
    func finish() throws(MediaError) {
        guard !isSettled || shownTime != nil else { return }
        if !isSettled {
            decoder.finish()
            try receive()
        }
        guard let shownTime else { return pictures += missing }
        let end = shownTime + lastDuration
        self.end = max(end, self.end ?? end)
        while !isSettled, times[pictures.count] < end - Self.tolerance {
            pictures.append(try showing())
        }
        pictures += missing
    }

    /// What there is to say about the stream.
    var findings: [Finding] {
        var findings = [complaints.finding(.video)].compactMap(\.self)
        if firstTime == nil, !times.isEmpty {
            findings.append(
                Finding(kind: .noVideo, stream: .video, reason: "no picture could be decoded"))
        }
        return findings
    }

    private var missing: [Picture?] {
        Array(repeating: nil, count: times.count - pictures.count)
    }

    private var meanInterval: Double? {
        guard let firstTime, let shownTime, pictureCount > 1 else { return statedInterval }
        return (shownTime - firstTime) / Double(pictureCount - 1)
    }

    private var lastDuration: Double {
        shown.duration > 0 ? timeBase.seconds(shown.duration) : meanInterval ?? 0.04
    }

    private func receive() throws(MediaError) {
        while true {
            switch decoder.receive(into: decoded) {
            case .frame: try show()
            case .needsPackets, .finished: return
            case .failed(let reason): complaints.add(reason)
            }
        }
    }

    private func show() throws(MediaError) {
        if decoded.isCorrupt { complaints.add("a picture is incomplete") }
        let guess = shownTime.map { $0 + lastDuration } ?? 0
        let time = decoded.ticks.map { timeBase.seconds($0) - zero } ?? guess
        if let shownTime, time < shownTime {
            complaints.add("the times of its pictures go back")
            return
        }
        while !isSettled, times[pictures.count] < time - Self.tolerance {
            pictures.append(try showing())
        }
        shown.take(from: decoded)
        shownTime = time
        shownPicture = nil
        firstTime = firstTime ?? time
        pictureCount += 1
        let end = time + lastDuration
        self.end = max(end, self.end ?? end)
    }

    /// The picture being shown, converted when it is first asked for.
    private func showing() throws(MediaError) -> Picture? {
        guard let shownTime else { return nil }
        if shownPicture == nil {
            shownPicture = try maker.picture(shown, at: shownTime)
        }
        return shownPicture
    }

    private func noteEnd(of packet: borrowing FFmpeg.Packet) {
        guard let ticks = packet.ticks, !packet.isHidden else { return }
        // Each in seconds first: a damaged file may state any duration.
        let end = timeBase.seconds(ticks) + timeBase.seconds(max(0, packet.duration)) - zero
        packetEnd = max(end, packetEnd)
        // Pictures that the decoder holds back when the last wanted one is known end with their packets.
        if isSettled { self.end = max(packetEnd, self.end ?? packetEnd) }
    }
}
