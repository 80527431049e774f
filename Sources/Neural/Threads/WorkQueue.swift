import Foundation
import Synchronization

/// The jobs that a pool's threads take pieces of.
///
/// Threads hold the queue and not the pool, so that the pool can be released while they sleep.
final class WorkQueue: @unchecked Sendable {
    /// A call of `forEach`: indices that are claimed one by one, by any thread.
    ///
    /// A job that is finished is used again for a later call.
    final class Job: @unchecked Sendable {
        private var count = 0
        private let next = Atomic(0)
        private var body: (@Sendable (Int) -> Void)?

        // Guarded by the queue's lock.
        fileprivate var helpers = 0
        fileprivate var isAwaited = false
        fileprivate let finished = DispatchSemaphore(value: 0)

        fileprivate func prepare(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.count = count
            self.body = body
            (helpers, isAwaited) = (0, false)
            next.store(0, ordering: .relaxed)
        }

        var isExhausted: Bool { next.load(ordering: .relaxed) >= count }

        /// Claims indices and runs them until none is left.
        ///
        /// Not inlined, so that no copy of the body outlives the call: its context belongs to the
        /// caller of `forEach`, which may return once all helpers have.
        @inline(never)
        func run() {
            guard let body else { return }
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                body(index)
            }
        }

        fileprivate func forgetBody() { body = nil }
    }

    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var finished: [Job] = []
    private var isClosed = false

    /// Offers a job to as many sleeping threads as can help with it.
    func post(
        _ count: Int, helpers: Int, _ body: @escaping @Sendable (Int) -> Void
    ) -> Job {
        condition.lock()
        defer { condition.unlock() }
        let job = finished.popLast() ?? Job()
        job.prepare(count, body)
        jobs.append(job)
        for _ in 0..<helpers { condition.signal() }
        return job
    }

    /// Withdraws a job whose indices have all been claimed, and waits for those still running.
    func finish(_ job: Job) {
        condition.lock()
        jobs.removeAll { $0 === job }
        job.isAwaited = job.helpers > 0
        let isAwaited = job.isAwaited
        condition.unlock()
        if isAwaited { job.finished.wait() }
        job.forgetBody()
        condition.lock()
        finished.append(job)
        condition.unlock()
    }

    /// Takes part in jobs until the queue is closed.
    func work() {
        while let job = nextJob() {
            job.run()
            condition.withLock {
                job.helpers -= 1
                if job.helpers == 0, job.isAwaited { job.finished.signal() }
            }
        }
    }

    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }

    private func nextJob() -> Job? {
        condition.withLock {
            while !isClosed {
                if let job = jobs.first(where: { !$0.isExhausted }) {
                    job.helpers += 1
                    return job
                }
                condition.wait()
            }
            return nil
        }
    }
}
