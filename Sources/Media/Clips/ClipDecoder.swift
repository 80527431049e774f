/// Reads what is wanted from a clip, once, from its beginning.
///
/// **Streams.** The first video stream counts, cover art aside, and the first audio stream, whatever their
/// dispositions: players that prefer the largest picture may show another.
///
/// **Time.** The timeline's zero is the earliest start of the two streams, as presented: the times that
/// containers and edit lists give, minus the start that the file announces for the stream which begins first.
/// Up to 0.3 s before the file's own zero are priming of a codec or pre-roll of an edit list, which is not shown:
/// such a start counts as zero. A stream that announces no start begins with its first time.
public enum ClipDecoder {
    /// Seconds by which a stream may end early without being called short.
    static let tolerableLack = 0.5

    /// Seconds before zero that are pre-roll.
    private static let longestPriming = 0.3

    /// Decodes the pictures shown at the wanted times and the audio up to the nominal duration.
    ///
    /// The calling thread does all the work, in an amount of memory that does not depend on the clip's length.
    ///
    /// - Throws: If neither pictures nor samples could be had; what a clip lacks else is among its findings.
    public static func decode(
        _ path: String, _ request: ClipRequest
    ) throws(MediaError) -> DecodedClip {
        do throws(MediaError) {
            return try decode(path, request, selectively: true)
        } catch {
            guard request.wantsPictures != request.wantsSound, error.kind != .timeout else {
                throw error
            }
            // Whether a file has data must not depend on which of them is asked for.
            var whole = request
            whole.wantsPictures = true
            whole.wantsSound = true
            return try decode(path, whole, selectively: true)
        }
    }

    /// Decodes, if it can be done `selectively`, only what the wanted pictures depend on, with the same result.
    static func decode(
        _ path: String, _ request: ClipRequest, selectively: Bool
    ) throws(MediaError) -> DecodedClip {
        let deadline = Deadline(request.limits)
        for isSelective in selectively ? [true, false] : [false] {
            var reading = try Reading(path, request, deadline)
            try reading.openStreams(selectively: isSelective)
            try reading.readPackets()
            if !reading.isDoubtful { return try reading.clip() }
        }
        preconditionFailure("a reading that decodes everything is never doubtful")
    }

    /// Seconds in a file's own count at which the timeline begins.
    static func zero(_ video: FFmpeg.Stream?, _ audio: FFmpeg.Stream?) -> Double {
        let starts = [video, audio].compactMap { stream in
            stream.flatMap { stream in stream.start.map(stream.timeBase.seconds) }
        }
        let zero = starts.min() ?? 0
        return -longestPriming..<0 ~= zero ? 0 : zero
    }
}
