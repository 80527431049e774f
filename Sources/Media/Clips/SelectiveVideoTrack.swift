/// Picks the pictures shown at given times as ``VideoTrack`` does, and decodes no more than they depend on.
///
/// Packets say when their pictures are shown, and those of some codecs also which pictures others may refer to.
/// They are kept, up to 16 MB of them, until they tell what is wanted. If anything is not as they say, or damaged,
/// the track is doubtful: then what it has is worth nothing, and everything must be decoded. Damage inside a
/// picture that is not decoded goes unnoticed; a packet that the container calls damaged does not.
final class SelectiveVideoTrack: VideoReading {
    let index: Int
    private let path: String
    private let request: ClipRequest
    private let deadline: Deadline
    private let times: [Double]
    private let zero: Double
    private let timeBase: TimeBase
    private let reader: FFmpeg.PictureReader
    private let maker: PictureMaker
    private var decoder: FFmpeg.Decoder
    private let decoded = FFmpeg.Frame()
    private var queue = PacketQueue()
    private var span: ShownSpan
    private var awaited: [Int64: [Int]] = [:]
    private var lastTicks = Int64.min
    private var isSettled: Bool

    private(set) var pictures: [Picture?]
    private(set) var isDoubtful = false

    /// Pictures after the last wanted time that settle it: more than any of the codecs reorders, even in fields.
    private static let furtherPictures = 33

    /// - Returns: Nil if the packets do not tell how pictures depend on each other.
    init?(
        _ stream: FFmpeg.Stream, in path: String, _ request: ClipRequest, times: [Double],
        zero: Double, _ deadline: Deadline
    ) throws(MediaError) {
        guard let reader = FFmpeg.PictureReader(stream) else { return nil }
        self.reader = reader
        index = stream.index
        self.request = request
        self.path = path
        self.deadline = deadline
        self.times = times
        self.zero = zero
        timeBase = stream.timeBase
        maker = PictureMaker(stream, in: path, request)
        decoder = try FFmpeg.Decoder(stream, in: path, request.limits)
        span = ShownSpan(statedInterval: stream.pictureInterval)
        pictures = Array(repeating: nil, count: times.count)
        isSettled = times.isEmpty
    }

    var isDone: Bool {
        isDoubtful || isSettled && (end ?? 0) >= request.duration - ClipDecoder.tolerableLack
    }

    var end: Double? { span.end }

    /// A track that has anything to say is doubtful.
    var findings: [Finding] { [] }

    func take(_ packet: borrowing FFmpeg.Packet) throws(MediaError) {
        guard !isDoubtful else { return }
        guard !packet.isCorrupt, let ticks = packet.presentationTicks,
            let picture = reader.read(packet)
        else { return doubt() }
        let entry = DecodingPlan.Entry(
            time: timeBase.seconds(ticks) - zero, picture: picture, isHidden: packet.isHidden)
        if entry.isShown { span.note(entry.time, timeBase.seconds(max(0, packet.duration))) }
        guard let lastTime = times.last, !isSettled else { return }
        queue.append(packet, entry, ticks, isFurther: entry.time > lastTime + VideoTrack.tolerance)
        if queue.furtherCount >= Self.furtherPictures {
            try settle()
        } else if queue.isFull {
            try decode(isLast: false)
        }
    }

    func finish() throws(MediaError) {
        if !isSettled, !isDoubtful { try settle() }
    }

    private func doubt() {
        isDoubtful = true
        queue.removeAll()
    }

    /// Decodes what is left, and drops the last picture where it is not shown any more.
    private func settle() throws(MediaError) {
        try decode(isLast: true)
        decoder.finish()
        try receive()
        // A wanted packet gave no picture, or there was none to give one.
        if !awaited.isEmpty || pictures.allSatisfy({ $0 == nil }) { return doubt() }
        isSettled = true
        guard let end = span.endOfLast, let last = span.last else { return }
        for (i, time) in times.enumerated() where time >= end - VideoTrack.tolerance {
            if let picture = pictures[i], picture.time >= last { pictures[i] = nil }
        }
    }

    /// Decodes what is wanted of the queue, and empties it.
    private func decode(isLast: Bool) throws(MediaError) {
        guard
            let plan = DecodingPlan(
                queue.entries, times: times, tolerance: VideoTrack.tolerance, isLast: isLast,
                earlier: queue.greatestEarlier)
        else { return doubt() }
        for (i, choice) in plan.choices.enumerated() {
            if let choice { awaited[queue.ticks[choice], default: []].append(i) }
        }
        for i in queue.entries.indices where plan.isNeeded[i] {
            if queue.send(i, to: decoder) != nil { return doubt() }
            try receive()
            if isDoubtful { return }
            // A run is decoded between two packets of the file.
            deadline.noteProgress()
            try deadline.check("decode \(path)")
        }
        queue.removeAll()
    }

    private func receive() throws(MediaError) {
        while true {
            switch decoder.receive(into: decoded) {
            case .frame:
                guard !decoded.isCorrupt, let ticks = decoded.ticks, ticks > lastTicks else {
                    return doubt()
                }
                lastTicks = ticks
                try keep(ticks)
            case .needsPackets, .finished: return
            case .failed: return doubt()
            }
        }
    }

    /// Takes the decoded picture for the times that await it, unless a later run had a later one.
    private func keep(_ ticks: Int64) throws(MediaError) {
        guard let places = awaited.removeValue(forKey: ticks) else { return }
        let picture = try maker.picture(decoded, at: timeBase.seconds(ticks) - zero)
        for i in places where (pictures[i]?.time ?? -.infinity) < picture.time {
            pictures[i] = picture
        }
    }
}
