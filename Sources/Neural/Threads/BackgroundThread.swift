import Foundation

/// A thread of its own for one piece of work.
public final class BackgroundThread: Sendable {
    private let finished = DispatchSemaphore(value: 0)

    /// Starts it.
    public init(_ body: @escaping @Sendable () -> Void) {
        let finished = finished
        Thread {
            body()
            finished.signal()
        }.start()
    }

    /// Waits for its end; to be called once.
    public func join() { finished.wait() }
}
