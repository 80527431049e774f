extension ClipDecoder {
    /// One pass over a file.
    struct Reading: ~Copyable {
        private let path: String
        private let request: ClipRequest
        private var demuxer: FFmpeg.Demuxer
        private var video: VideoTrack?
        private var audio: AudioTrack?
        private var obstacles: [Finding] = []

        init(_ path: String, _ request: ClipRequest) throws(MediaError) {
            self.path = path
            self.request = request
            demuxer = try FFmpeg.Demuxer(examining: path, request.limits)
            let (video, audio) = (demuxer.videoStream, demuxer.audioStream)
            let zero = ClipDecoder.zero(video, audio)
            if let video {
                do {
                    self.video = try VideoTrack(video, in: path, request, zero: zero)
                } catch {
                    obstacles.append(
                        Finding(kind: error.kind, stream: .video, reason: error.reason))
                }
            } else {
                obstacles.append(
                    Finding(kind: .noVideo, stream: .video, reason: "there is no video stream"))
            }
            if let audio {
                do {
                    self.audio = try AudioTrack(
                        audio, in: path, request, zero: zero,
                        containerDuration: demuxer.duration)
                } catch {
                    obstacles.append(
                        Finding(kind: error.kind, stream: .audio, reason: error.reason))
                }
            } else {
                obstacles.append(
                    Finding(kind: .noAudio, stream: .audio, reason: "there is no audio stream"))
            }
            demuxer.select([self.video?.index, self.audio?.index].compactMap(\.self))
        }

        /// Reads until all that is wanted is there.
        mutating func readPackets() throws(MediaError) {
            let packet = FFmpeg.Packet()
            do {
                while !isDone, try demuxer.read(into: packet) {
                    if packet.streamIndex == video?.index {
                        withVideo { track throws(MediaError) in try track.take(packet) }
                    } else if packet.streamIndex == audio?.index {
                        withAudio { track throws(MediaError) in try track.take(packet) }
                    }
                }
            } catch {
                guard error.kind == .corrupt else { throw error }
                obstacles.append(Finding(kind: .corrupt, stream: nil, reason: error.reason))
            }
            withVideo { track throws(MediaError) in try track.finish() }
            withAudio { track throws(MediaError) in try track.finish() }
        }

        /// Works on the video; if that cannot go on, the audio still can.
        private mutating func withVideo(_ body: (VideoTrack) throws(MediaError) -> Void) {
            guard let video else { return }
            do throws(MediaError) {
                try body(video)
            } catch {
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
            let hasVideo = video?.end != nil
            let hasAudio = audio?.range != nil
            guard hasVideo || hasAudio else { throw failure(findings) }
            let samples = audio?.samples ?? []
            return DecodedClip(
                pictures: video?.pictures ?? Array(repeating: nil, count: request.times.count),
                samples: hasAudio ? samples : [],
                audioRange: audio?.range ?? 0..<0, audioMean: audio?.mean ?? 0,
                findings: findings, videoEnd: video?.end, audioEnd: audio?.end)
        }

        private var lacks: [Finding] {
            [(Finding.Stream.video, video?.end), (.audio, audio?.end)].compactMap { stream, end in
                guard let end, end < request.duration - ClipDecoder.tolerableLack else {
                    return nil
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
