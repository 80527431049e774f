import Foundation

/// When a command that fills a cache has to stop, and whom it waits for.
struct StageLimits: Sendable {
    let interruption = Interruption()
    let started = Date()

    /// Seconds to wait for a cache that is in use.
    let lockWait: Double

    private let deadline: Date

    init(_ options: StageOptions) {
        lockWait = options.lockWait
        deadline = options.budget.map(started.addingTimeInterval) ?? .distantFuture
    }

    /// Whether the time that the user granted is over.
    var isOutOfTime: @Sendable () -> Bool {
        let deadline = deadline
        return { Date() >= deadline }
    }
}
