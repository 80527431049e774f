extension ClipDecoder {
    /// One pass over a file.
    struct Reading: ~Copyable {
        private let path: String
        private let request: ClipRequest
        private let deadline: Deadline
        private var demuxer: FFmpeg.Demuxer
        private var schedule = FrameSchedule([])
        private var video: (any VideoReading)?
        private var audio: AudioTrack?
        private var obstacles: [Finding] = []

        init(
            _ path: String, _ request: ClipRequest, _ deadline: Deadline
        ) throws(MediaError) {
            self.path = path
            self.request = request
            self.deadline = deadline
            demuxer = try FFmpeg.Demuxer(examining: path, request.limits, deadline)
        }

        /// Opens what is wanted of the streams.
        mutating func openStreams(selectively: Bool) throws(MediaError) {
            let (video, audio) = (demuxer.videoStream, demuxer.audioStream)
            let zero = ClipDecoder.zero(video, audio) + request.start
            if request.wantsPictures { try openVideo(video, zero, selectively) }
            if request.wantsSound { openAudio(audio, zero) }
            demuxer.select([self.video?.index, self.audio?.index].compactMap(\.self))
        }

        private mutating func openVideo(
            _ stream: FFmpeg.Stream?, _ zero: Double, _ selectively: Bool
        ) throws(MediaError) {
            do throws(MediaError) {
                guard let stream else {
                    throw MediaError(.noVideo, path, reason: "there is no video stream")
                }
                schedule = try schedule(zero, selectively)
                let times = schedule.times
                video =
                    if selectively,
                        let track = try SelectiveVideoTrack(
                            stream, in: path, request, times: times, zero: zero, deadline)
                    { track } else {
                        try VideoTrack(stream, in: path, request, times: times, zero: zero)
                    }
            } catch {
                if error.kind == .timeout { throw error }
                obstacles.append(Finding(kind: error.kind, stream: .video, reason: error.reason))
            }
        }

        private mutating func openAudio(_ stream: FFmpeg.Stream?, _ zero: Double) {
            do throws(MediaError) {
                guard let stream else {
                    throw MediaError(.noAudio, path, reason: "there is no audio stream")
                }
                audio = try AudioTrack(
                    stream, in: path, request, zero: zero, containerDuration: demuxer.duration)
            } catch {
                obstacles.append(Finding(kind: error.kind, stream: .audio, reason: error.reason))
            }
        }

        /// When pictures are wanted, by the clip's list of pictures if need be.
        private func schedule(
            _ zero: Double, _ selectively: Bool
        ) throws(MediaError) -> FrameSchedule {
            guard request.sampling.needsList else {
                return FrameSchedule(
                    request.sampling.times(
                        segments: request.segments, segmentDuration: request.segmentDuration))
            }
            let list = try FrameList(
                of: path, request, zero: zero, isDecoded: !selectively, deadline)
            return FrameSchedule(
                request.sampling.places(in: list).map { place in
                    place.map { list.timeBase.seconds(list.ticks[$0]) - zero }
                })
        }

        /// What was read is not to be trusted: everything has to be decoded.
        var isDoubtful: Bool { video?.isDoubtful ?? false }

        /// Reads until all that is wanted is there.
        mutating func readPackets() throws(MediaError) {
            let packet = FFmpeg.Packet()
            do {
                while !isDone, !isDoubtful, try demuxer.read(into: packet) {
                    if packet.streamIndex == video?.index {
                        try withVideo { track throws(MediaError) in try track.take(packet) }
                    } else if packet.streamIndex == audio?.index {
                        withAudio { track throws(MediaError) in try track.take(packet) }
                    }
                }
            } catch {
                guard error.kind == .corrupt else { throw error }
                obstacles.append(Finding(kind: .corrupt, stream: nil, reason: error.reason))
            }
            try withVideo { track throws(MediaError) in try track.finish() }
            withAudio { track throws(MediaError) in try track.finish() }
        }

        /// Works on the video; if that cannot go on, the audio still can.
        private mutating func withVideo(
            _ body: (any VideoReading) throws(MediaError) -> Void
        ) throws(MediaError) {
            guard let video else { return }
            do throws(MediaError) {
                try body(video)
            } catch {
                if error.kind == .timeout { throw error }
                obstacles.append(Finding(kind: error.kind, stream: .video, reason: error.reason))
                self.video = nil
            }
        }

        /// Works on the audio; if that cannot go on, the video still can.
        private mutating func withAudio(_ body: (AudioTrack) throws(MediaError) -> Void) {
            guard let audio else { return }
            do throws(MediaError) {
                try body(audio)
            } catch {
                obstacles.append(Finding(kind: error.kind, stream: .audio, reason: error.reason))
                self.audio = nil
            }
        }

        private var isDone: Bool {
            (video == nil || video!.isDone) && (audio == nil || audio!.isDone)
        }

        /// What was read.
        consuming func clip() throws(MediaError) -> DecodedClip {
            let findings =
                obstacles + (video?.findings ?? []) + (audio?.findings ?? []) + lacks
            let hasVideo = (video?.end ?? 0) > 0
            let hasAudio = audio?.range != nil
            guard hasVideo || hasAudio else { throw failure(findings) }
            let samples = audio?.samples ?? []
            return DecodedClip(
                pictures: pictures,
                samples: hasAudio ? samples : [],
                audioRange: audio?.range ?? 0..<0, audioMean: audio?.mean ?? 0,
                findings: findings, videoEnd: hasVideo ? video?.end : nil, audioEnd: audio?.end)
        }

        private var pictures: [Picture?] {
            guard request.wantsPictures else { return [] }
            guard let video else { return Array(repeating: nil, count: request.pictureCount) }
            return schedule.arrange(video.pictures)
        }

        private var lacks: [Finding] {
            [(Finding.Stream.video, video?.end), (.audio, audio?.end)].compactMap { stream, end in
                guard let end, end < request.duration - ClipDecoder.tolerableLack else {
                    return nil
                }
                if end <= 0, stream == .video {
                    return Finding(
                        kind: .noVideo, stream: stream, reason: "it ends before the clip begins")
                }
                let seconds = (end * 1000).rounded() / 1000
                return Finding(
                    kind: .short, stream: stream,
                    reason: "the \(stream) ends at \(seconds) s of \(request.duration) s")
            }
        }

        /// The one error that stands for all that was found in a file without data.
        private func failure(_ findings: [Finding]) -> MediaError {
            let order: [MediaError.Kind] = [.unsupported, .corrupt]
            for kind in order {
                if let finding = findings.first(where: { $0.kind == kind }) {
                    return MediaError(kind, "decode \(path)", reason: finding.reason)
                }
            }
            return MediaError(
                .unreadable, "decode \(path)",
                reason: findings.map(\.reason).joined(separator: "; "))
        }
    }
}
