import Synchronization

/// Where the time of an encoding went, in seconds of each kind of thread.
public struct EncodingTimes: Sendable {
    /// Spent in the backbone and in what becomes of its states, summed over the computing threads.
    public var computing = 0.0

    /// In which computing threads had nothing to compute, or could not hand on what they had, summed.
    public var waiting = 0.0

    /// Spent by the thread that reads, and by the one that writes and publishes.
    public var reading = 0.0
    public var writing = 0.0
}

/// Times that several threads add to.
final class EncodingClock: Sendable {
    private let state = Mutex(EncodingTimes())

    var times: EncodingTimes { state.withLock { $0 } }

    /// Calls `body`, and adds how long it took.
    func measure<Result>(
        _ part: any WritableKeyPath<EncodingTimes, Double> & Sendable, _ body: () throws -> Result
    ) rethrows -> Result {
        let start = ContinuousClock.now
        defer {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            state.withLock { $0[keyPath: part] += seconds }
        }
        return try body()
    }
}
