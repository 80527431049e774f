/// The clock of one clip: over when it took too long in all, or since the last packet.
///
/// FFmpeg looks at it from inside its calls, on the thread that made them.
final class Deadline {
    private let limits: DecodingLimits
    private let start = ContinuousClock.now
    private var progress = ContinuousClock.now

    init(_ limits: DecodingLimits) {
        self.limits = limits
    }

    /// Notes that a packet arrived.
    func noteProgress() {
        progress = .now
    }

    /// What was exceeded, in words; `nil` while there is time left.
    var excess: String? {
        let now = ContinuousClock.now
        if now - start > .seconds(limits.wallSeconds) {
            return "not done within \(limits.wallSeconds) s"
        }
        if now - progress > .seconds(limits.stallSeconds) {
            return "no progress for \(limits.stallSeconds) s"
        }
        return nil
    }

    /// Throws `timeout` if there is no time left.
    func check(_ operation: String) throws(MediaError) {
        if let excess { throw MediaError(.timeout, operation, reason: excess) }
    }
}
