extension FFmpeg.Demuxer {
    /// Opens a file after a look at what it is.
    init(
        examining path: String, _ limits: DecodingLimits, _ deadline: Deadline? = nil
    ) throws(MediaError) {
        try SourceFile.examine(path)
        do {
            try self.init(opening: path, limits, deadline ?? Deadline(limits))
        } catch {
            guard error.kind == .unreadable, SourceFile.lacksIndex(path) else { throw error }
            throw MediaError(
                .unreadable, error.operation, reason: "\(error.reason); no index (truncated?)")
        }
    }
}
