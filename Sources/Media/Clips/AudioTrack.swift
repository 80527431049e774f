/// Puts a stream's samples, as they are decoded, at their places on the timeline.
///
/// Samples follow each other as long as their times agree with their number. Where the two differ by more than
/// 20 ms (a frame of any common codec is longer), a gap is filled with zeros, an overlap is cut, and the resampler
/// starts anew; smaller differences are the rounding of the container. A run of samples starts at the sample that is
/// nearest to its time.
final class AudioTrack {
    let index: Int
    private let path: String
    private let sound: SoundSettings
    private let target: FFmpeg.AudioMixer.Target
    private let limit: Int
    private let pickedCount: Int?
    private let zero: Double
    private let timeBase: TimeBase
    private var decoder: FFmpeg.Decoder
    private let decoded = FFmpeg.Frame()
    private var mixer: FFmpeg.AudioMixer?
    private var nextTime = 0.0
    private var surplus = 0
    private var complaints = Complaints()

    /// Samples at the mixer's rate; those of two channels take turns.
    private var mixed: [Float] = []

    /// The samples from the timeline's zero on.
    private(set) var samples: [Float] = []

    /// The samples that come from the file; nil if there are none.
    private(set) var range: Range<Int>?

    /// Mean of `range`, over both channels where two were read.
    private(set) var mean = 0.0

    private var first: Int?

    private static let tolerance = 0.020

    /// Opens the decoder.
    ///
    /// - Parameters:
    ///   - stream: What to decode.
    ///   - path: The file, for messages.
    ///   - request: What is wanted.
    ///   - zero: Seconds in the file's count at which the timeline begins.
    ///   - containerDuration: Seconds that the container states.
    /// - Throws: If there is no decoder for it.
    init(
        _ stream: FFmpeg.Stream, in path: String, _ request: ClipRequest, zero: Double,
        containerDuration: Double?
    ) throws(MediaError) {
        index = stream.index
        self.path = path
        sound = request.sound
        target = FFmpeg.AudioMixer.Target(request.sound)
        let longest = max(request.duration, request.limits.soundSeconds)
        let seconds = sound.extent == .nominal ? request.duration : longest
        limit = Int((seconds * Double(target.sampleRate)).rounded())
        pickedCount = containerDuration.map {
            request.sound.pickedCount(duration: max(0, min($0 - request.start, seconds)))
        }
        self.zero = zero
        timeBase = stream.timeBase
        decoder = try FFmpeg.Decoder(stream, in: path, request.limits)
    }

    /// All samples that are wanted are there.
    var isDone: Bool { count >= limit }

    /// Where the stream ends, in seconds, as far as it was read; `nil` if nothing was decoded.
    var end: Double? { range.map { Double($0.upperBound) / Double(sound.sampleRate) } }

    func take(_ packet: borrowing FFmpeg.Packet) throws(MediaError) {
        if packet.isCorrupt { complaints.add("a packet is incomplete") }
        guard !isDone else { return }
        if let complaint = decoder.send(packet) { complaints.add(complaint) }
        try receive()
    }

    /// Takes what is held back, after the last packet.
    func finish() throws(MediaError) {
        if !isDone {
            decoder.finish()
            try receive()
            try endRun()
        }
        if count > limit { mixed.removeLast(mixed.count - limit * target.channelCount) }
        guard let first, first < count else { return mixed = [] }
        reduce(from: first)
    }

    /// What there is to say about the stream.
    var findings: [Finding] {
        var findings = [complaints.finding(.audio)].compactMap(\.self)
        guard let range, !range.isEmpty else {
            findings.append(
                Finding(
                    kind: .noAudio, stream: .audio, reason: "it has no sample within the clip"))
            return findings
        }
        let real = samples[range]
        // Less than a third of the smallest step of 16-bit samples: resampling a constant is not exact.
        if real.max()! - real.min()! < 1e-5 {
            findings.append(Finding(kind: .silent, stream: .audio, reason: "all samples are equal"))
        }
        return findings
    }

    private var count: Int { mixed.count / target.channelCount }

    /// Takes the wanted channel, at the wanted rate, of what was mixed.
    private func reduce(from first: Int) {
        var range = first..<count
        if sound.resampling == .moviePyPick {
            let all = sound.pickable(of: count)
            let wanted = pickedCount ?? all
            mixed = sound.pick(mixed, channels: target.channelCount, count: wanted)
            range = min(sound.pickable(of: first), wanted)..<min(all, wanted)
        }
        let channels = target.channelCount
        let real = mixed[channels * range.lowerBound..<channels * range.upperBound]
        if !range.isEmpty { mean = real.reduce(0.0) { $0 + Double($1) } / Double(real.count) }
        samples =
            channels == 1 ? mixed : stride(from: 0, to: mixed.count, by: channels).map { mixed[$0] }
        mixed = []
        if !range.isEmpty { self.range = range }
    }

    private func receive() throws(MediaError) {
        while true {
            switch decoder.receive(into: decoded) {
            case .frame: try place()
            case .needsPackets, .finished: return
            case .failed(let reason): complaints.add(reason)
            }
        }
    }

    private func place() throws(MediaError) {
        if decoded.isCorrupt { complaints.add("some samples are missing") }
        guard decoded.sampleCount > 0, !isDone else { return }
        let operation = "mix the audio of \(path)"
        let format = FFmpeg.AudioMixer.Format(decoded)
        let time = decoded.ticks.map { timeBase.seconds($0) - zero } ?? nextTime
        let hasFormat = mixer?.format == format
        if !hasFormat || abs(time - nextTime) > Self.tolerance {
            try endRun()
            mixer = try FFmpeg.AudioMixer(from: format, target, operation)
            startRun(at: time)
            nextTime = time
        }
        nextTime += Double(decoded.sampleCount) / Double(format.sampleRate)
        try append(mixer!.mix(decoded, operation)[...])
    }

    private func startRun(at time: Double) {
        let start = max(-1e9, min((time * Double(target.sampleRate)).rounded(), Double(limit)))
        surplus = max(0, count - Int(start)) * target.channelCount
        let gap = max(0, Int(start) - count) * target.channelCount
        mixed += [Float](repeating: 0, count: gap)
    }

    private func endRun() throws(MediaError) {
        if mixer != nil { append(try mixer!.finish("mix the audio of \(path)")) }
        mixer = nil
    }

    private func append(_ run: ArraySlice<Float>) {
        let new = run.dropFirst(surplus)
        surplus -= run.count - new.count
        if !new.isEmpty { first = first ?? count }
        mixed += new
    }
}
