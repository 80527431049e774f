extension FrameList {
    /// Looks through a file for the pictures that a clip shows.
    ///
    /// Packets tell, if their codec is one of ``FFmpeg/PictureReader``'s and nothing is damaged; else all is decoded.
    ///
    /// - Parameters:
    ///   - path: A media file.
    ///   - request: The clip: pictures from its start on to its end are listed.
    ///   - zero: Seconds in the file's own count at which the clip begins.
    ///   - isDecoded: Packets are not trusted.
    ///   - deadline: When to give up.
    /// - Throws: If the file cannot be read, or has no video.
    init(
        of path: String, _ request: ClipRequest, zero: Double, isDecoded: Bool, _ deadline: Deadline
    ) throws(MediaError) {
        let demuxer = try FFmpeg.Demuxer(examining: path, request.limits, deadline)
        guard let stream = demuxer.videoStream else {
            throw MediaError(.noVideo, "decode \(path)", reason: "there is no video stream")
        }
        let timeBase = stream.timeBase
        let header = Header(stream, demuxer)
        var origin = demuxer.startTicks(in: stream)
        var shown = isDecoded ? nil : try Self.scan(demuxer, stream)
        if shown == nil { shown = try Self.walk(path, request.limits, deadline) }
        var pictures = shown!
        if request.start > 0 || request.end != nil {
            origin = Int64(max(-0x1p53, min((zero / timeBase.seconds(1)).rounded(), 0x1p53)))
            let length = request.end.map { $0 - request.start } ?? .infinity
            pictures = pictures.filter { picture in
                let time = timeBase.seconds(picture.ticks) - zero
                return time > -VideoTrack.tolerance && time < length - VideoTrack.tolerance
            }
        }
        self.init(
            ticks: pictures.map(\.ticks), lastDuration: pictures.last?.duration ?? 0,
            timeBase: timeBase, origin: origin, header: header)
    }

    /// Pictures by their packets; nil if those do not tell.
    private static func scan(
        _ demuxer: consuming FFmpeg.Demuxer, _ stream: FFmpeg.Stream
    ) throws(MediaError) -> [(ticks: Int64, duration: Int64)]? {
        guard let reader = FFmpeg.PictureReader(stream) else { return nil }
        let packet = FFmpeg.Packet()
        var pictures: [(ticks: Int64, duration: Int64)] = []
        demuxer.select([stream.index])
        do {
            while try demuxer.read(into: packet) {
                guard packet.streamIndex == stream.index else { continue }
                guard !packet.isCorrupt, let ticks = packet.presentationTicks,
                    let picture = reader.read(packet)
                else { return nil }
                // Without their key frame, leading pictures are in packets and never come out.
                if pictures.isEmpty, !picture.isClosedStart { return nil }
                if picture.isShown, !packet.isHidden { pictures.append((ticks, packet.duration)) }
            }
        } catch {
            guard error.kind == .corrupt else { throw error }
            return nil
        }
        pictures.sort { $0.ticks < $1.ticks }
        let ascends = zip(pictures, pictures.dropFirst()).allSatisfy { $0.ticks < $1.ticks }
        return ascends ? pictures : nil
    }

    /// Pictures as they are decoded, without those whose times go back.
    private static func walk(
        _ path: String, _ limits: DecodingLimits, _ deadline: Deadline
    ) throws(MediaError) -> [(ticks: Int64, duration: Int64)] {
        var walk = try StreamWalk(video: path, limits, deadline)
        var pictures: [(ticks: Int64, duration: Int64)] = []
        while try walk.next() {
            let guess = pictures.last.map { $0.ticks + $0.duration } ?? 0
            let ticks = walk.frame.ticks ?? guess
            if let last = pictures.last, ticks <= last.ticks { continue }
            pictures.append((ticks, walk.frame.duration))
        }
        return pictures
    }
}

extension FrameList.Header {
    init(_ stream: FFmpeg.Stream, _ demuxer: borrowing FFmpeg.Demuxer) {
        seconds = demuxer.duration ?? 0
        baseRate = stream.baseRate ?? 0
        meanRate = stream.pictureInterval.map { 1 / $0 } ?? baseRate
        frames = stream.statedCount ?? Int((min(seconds, 1e9) * meanRate + 0.5).rounded(.down))
    }
}
