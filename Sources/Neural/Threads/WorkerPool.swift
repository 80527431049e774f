import Foundation
import Synchronization

/// The one pool of threads that all computing shares.
///
/// OpenBLAS runs single-threaded inside it: two pools that do not know each other fight over cores,
/// and libraries cut work by the number of threads, which changes the order of sums.
/// Work given to the pool is cut into pieces of fixed size instead, so that results have the same
/// bits for any number of threads.
///
/// Threads sleep between calls and end when the pool is released.
public final class WorkerPool: Sendable {
    /// A pool of no threads but the caller's.
    public static let serial = WorkerPool(threads: 1)

    /// How many threads run pieces, that of the caller included.
    public let threads: Int

    let queue = WorkQueue()

    /// Starts `threads - 1` threads, which take part beside the caller's.
    public init(threads: Int) {
        precondition(threads > 0, "a pool of \(threads) threads")
        NumericLibraries.prepareThread()
        self.threads = threads
        for _ in 1..<threads {
            Thread { [queue] in
                NumericLibraries.prepareThread()
                PieceMark.with { queue.work() }
            }.start()
        }
    }

    deinit { queue.close() }

    /// Runs `body` with every index in `0..<count`, in no particular order, and returns when all
    /// are done.
    ///
    /// Indices go to whichever thread is free. A call from inside a body runs its indices there and
    /// then, in order: the pieces of the outer call keep the threads busy already.
    ///
    /// - Throws: The error of the lowest index that failed. Indices above it may have been left out.
    public func forEach<Failure: Error>(
        _ count: Int, _ body: @Sendable (Int) throws(Failure) -> Void
    ) throws(Failure) {
        guard isShared(count) else {
            for index in 0..<count { try body(index) }
            return
        }
        let failure = FirstFailure<Failure>()
        distribute(count) { index in
            guard !failure.isBefore(index) else { return }
            do throws(Failure) { try body(index) } catch { failure.record(error, at: index) }
        }
        if let error = failure.error { throw error }
    }

    /// The same for a body that cannot fail; once as many calls have run at the same time as ever will,
    /// it takes no memory of the order of the work.
    public func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
        guard isShared(count) else {
            for index in 0..<count { body(index) }
            return
        }
        distribute(count, body)
    }

    /// Whether other threads take part in a call from this thread.
    private func isShared(_ count: Int) -> Bool {
        NumericLibraries.prepareThread()
        return threads > 1 && count > 1 && !PieceMark.isSet
    }

    /// Cuts `0..<count` into ranges of `size` elements, the last perhaps shorter, and runs `body`
    /// with each.
    ///
    /// The cut is a matter of `count` and `size` alone, never of the number of threads.
    public func forEachRange(
        of count: Int, size: Int, _ body: @Sendable (Range<Int>) -> Void
    ) {
        forEach((count + size - 1) / size) { piece in
            body(piece * size..<min(count, (piece + 1) * size))
        }
    }

    private func distribute(_ count: Int, _ body: @Sendable (Int) -> Void) {
        // A pool that nobody uses after this call must not end its threads during it.
        defer { withExtendedLifetime(self) {} }
        withoutActuallyEscaping(body) { body in
            let job = queue.post(count, helpers: min(count, threads) - 1, body)
            PieceMark.with { job.run() }
            queue.finish(job)
        }
    }
}

/// The error of the lowest index, of those that workers report.
private final class FirstFailure<Failure: Error>: Sendable {
    private let state = Mutex<(index: Int, error: Failure)?>(nil)

    var error: Failure? { state.withLock { $0?.error } }

    func isBefore(_ index: Int) -> Bool { state.withLock { $0.map { $0.index < index } ?? false } }

    func record(_ error: Failure, at index: Int) {
        state.withLock { state in
            if let first = state, first.index < index { return }
            state = (index, error)
        }
    }
}
