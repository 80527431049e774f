/// How much longer to wait for a worker.
///
/// Only time spent waiting counts, a step at a time: a run that was stopped for an hour and goes on
/// has not waited for an hour.
final class Patience {
    /// Milliseconds after which to look again whether there is reason to wait.
    static let step: Int32 = 200

    /// What a clip may still take when the run has been told to stop.
    private static let rest = Duration.seconds(5)

    private var left: Duration
    private let isCancelled: () -> Bool

    /// The run was told to stop meanwhile.
    private(set) var wasCancelled = false

    init(_ seconds: Double, isCancelled: @escaping () -> Bool) {
        left = .seconds(seconds)
        self.isCancelled = isCancelled
    }

    /// Notes that some time went by, and says whether that was the last of it.
    func isOver(after time: Duration) -> Bool {
        left -= min(time, .milliseconds(Int64(Self.step)))
        if !wasCancelled, isCancelled() {
            wasCancelled = true
            left = min(left, Self.rest)
        }
        return left <= .zero
    }
}
