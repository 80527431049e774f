/// Puts a stream's samples, as they are decoded, at their places on the timeline.
///
/// Samples follow each other as long as their times agree with their number. Where the two differ by more than
/// 20 ms (a frame of any common codec is longer), a gap is filled with zeros, an overlap is cut, and the resampler
/// starts anew; smaller differences are the rounding of the container.
final class AudioTrack {
    let index: Int
    private let path: String
    private let sampleRate: Int
    private let limit: Int
    private let zero: Double
    private let timeBase: TimeBase
    private var decoder: FFmpeg.Decoder
    private let decoded = FFmpeg.Frame()
    private var mixer: FFmpeg.AudioMixer?
    private var nextTime = 0.0
    private var surplus = 0
    private var complaints = Complaints()

    /// The samples from the timeline's zero on.
    private(set) var samples: [Float] = []

    /// Where the first sample lies that comes from the file.
    private(set) var firstSample: Int?

    private static let tolerance = 0.020

    init(
        _ stream: FFmpeg.Stream, in path: String, _ request: ClipRequest, zero: Double
    ) throws(MediaError) {
        index = stream.index
        self.path = path
        sampleRate = request.sampleRate
        limit = Int((request.duration * Double(request.sampleRate)).rounded())
        self.zero = zero
        timeBase = stream.timeBase
        decoder = try FFmpeg.Decoder(stream, in: path, request.limits)
    }

    /// The nominal duration is reached.
    var isDone: Bool { samples.count >= limit }

    /// Where the stream ends, in seconds, as far as it was read; `nil` if nothing was decoded.
    var end: Double? { firstSample == nil ? nil : Double(samples.count) / Double(sampleRate) }

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
        if samples.count > limit { samples.removeLast(samples.count - limit) }
        if let firstSample, firstSample >= samples.count { self.firstSample = nil }
    }

    /// What there is to say about the stream.
    var findings: [Finding] {
        var findings = [complaints.finding(.audio)].compactMap(\.self)
        guard let firstSample else {
            findings.append(
                Finding(
                    kind: .noAudio, stream: .audio, reason: "it has no sample within the clip"))
            return findings
        }
        let real = samples[firstSample...]
        // Less than a third of the smallest step of 16-bit samples: resampling a constant is not exact.
        if real.max()! - real.min()! < 1e-5 {
            findings.append(Finding(kind: .silent, stream: .audio, reason: "all samples are equal"))
        }
        return findings
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
            mixer = try FFmpeg.AudioMixer(from: format, sampleRate: sampleRate, operation)
            startRun(at: time)
            nextTime = time
        }
        nextTime += Double(decoded.sampleCount) / Double(format.sampleRate)
        try append(mixer!.mix(decoded, operation)[...])
    }

    private func startRun(at time: Double) {
        let start = max(-1e9, min((time * Double(sampleRate)).rounded(), Double(limit)))
        surplus = max(0, samples.count - Int(start))
        samples += [Float](repeating: 0, count: max(0, Int(start) - samples.count))
    }

    private func endRun() throws(MediaError) {
        if mixer != nil { append(try mixer!.finish("mix the audio of \(path)")) }
        mixer = nil
    }

    private func append(_ run: ArraySlice<Float>) {
        let new = run.dropFirst(surplus)
        surplus -= run.count - new.count
        if !new.isEmpty { firstSample = firstSample ?? samples.count }
        samples += new
    }
}
