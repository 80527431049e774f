public import Storage

/// What a stage reports while it runs; the caller decides what becomes of it.
public enum StageEvent: Sendable {
    /// Work begins on `total` clips; `done` need nothing, and `absent` have nothing to work on.
    case started(total: Int, done: Int, absent: Int)

    /// Another clip has been dealt with.
    case progressed(done: Int, total: Int)

    /// A clip has no data in some features, or not all.
    case failed(ClipFailure, features: [String])

    /// Something is odd but tolerated.
    case warning(String)
}

/// What a stage did, and what it leaves.
public struct StageSummary: Sendable {
    /// What it worked on; where it was texts, they count as clips below.
    public var rows = RowKind.clips

    /// Clips of the data set.
    public var clips = 0

    /// Clips that were worked on now, with success or without.
    public var processed = 0

    /// Clips that needed nothing, because they were done or had failed before.
    public var skipped = 0

    /// Clips that have nothing to work on.
    public var absent = 0

    /// Bytes of data written.
    public var bytes = 0

    /// Seconds in which data were published, waiting for the disk included, summed over the threads.
    public var publishingSeconds = 0.0

    /// Where the time went; nil for a stage that does not measure it.
    public var times: EncodingTimes?

    /// Every clip that lacks data in a feature after the run, of this one or of an earlier one.
    public var failures: [(feature: String, failure: ClipFailure)] = []

    /// Whether the run ended at a limit that the user set.
    public var reachedLimit = false

    /// Whether the run was told to stop.
    public var wasCancelled = false

    /// Clips that lack data, each once.
    public var failedClips: Int { Set(failures.map(\.failure.clip)).count }
}
