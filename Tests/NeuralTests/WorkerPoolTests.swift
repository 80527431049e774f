import Foundation
import Synchronization
import Testing

@testable import Neural

@Suite struct WorkerPoolTests {
    struct Failure: Error, Equatable { let index: Int }

    @Test(arguments: [1, 2, 3, 8])
    func everyIndexRunsOnce(threads: Int) {
        let pool = WorkerPool(threads: threads)
        for count in [0, 1, 2, 7, 1000] {
            let runs = Mutex([Int](repeating: 0, count: count))
            pool.forEach(count) { index in runs.withLock { $0[index] += 1 } }
            #expect(runs.withLock { $0 } == Array(repeating: 1, count: count))
        }
    }

    /// Two indices that wait for each other, which one thread alone could not run.
    @Test func indicesRunAtTheSameTime() {
        let arrived = Atomic(0)
        WorkerPool(threads: 2).forEach(2) { _ in
            arrived.wrappingAdd(1, ordering: .relaxed)
            #expect(eventually { arrived.load(ordering: .relaxed) == 2 })
        }
    }

    /// One of two outer indices is done at once, so that a thread is free while the other runs.
    @Test func nestedCallsRunInOrderOnTheSameThread() {
        let pool = WorkerPool(threads: 3)
        let order = Mutex<[Int]>([]), strangers = Atomic(0)
        for _ in 0..<20 {
            order.withLock { $0 = [] }
            pool.forEach(2) { outer in
                guard outer == 0 else { return }
                let thread = pthread_self()
                pool.forEach(10_000) { inner in
                    if pthread_equal(thread, pthread_self()) == 0 {
                        strangers.wrappingAdd(1, ordering: .relaxed)
                    }
                    order.withLock { $0.append(inner) }
                }
            }
            #expect(order.withLock { $0 } == Array(0..<10_000))
        }
        #expect(strangers.load(ordering: .relaxed) == 0)
    }

    @Test(arguments: [1, 2, 4])
    func errorOfTheLowestIndexIsThrown(threads: Int) {
        let pool = WorkerPool(threads: threads)
        for _ in 0..<50 {
            #expect(throws: Failure(index: 3)) {
                try pool.forEach(100) { if $0 >= 3 { throw Failure(index: $0) } }
            }
        }
    }

    @Test func callsFromSeveralThreadsShareThePool() {
        let pool = WorkerPool(threads: 2), sum = Atomic(0)
        let group = DispatchGroup()
        for _ in 0..<4 {
            group.enter()
            Thread {
                for _ in 0..<200 {
                    pool.forEach(10) { sum.wrappingAdd($0, ordering: .relaxed) }
                }
                group.leave()
            }.start()
        }
        group.wait()
        #expect(sum.load(ordering: .relaxed) == 4 * 200 * 45)
    }

    @Test(arguments: [0, 1, 63, 64, 65, 200])
    func rangesCoverTheWholeWithoutOverlap(count: Int) {
        let ranges = Mutex<[Range<Int>]>([])
        WorkerPool(threads: 2).forEachRange(of: count, size: 64) { range in
            ranges.withLock { $0.append(range) }
        }
        let ordered = ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
        #expect(ordered.flatMap { Array($0) } == Array(0..<count))
        #expect(ordered.allSatisfy { $0.lowerBound % 64 == 0 && $0.count <= 64 })
    }

    /// The threads hold the queue, so it is released when the last of them has ended.
    @Test func threadsEndWithThePool() {
        weak var queue: WorkQueue?
        do {
            let pool = WorkerPool(threads: 3)
            queue = pool.queue
            pool.forEach(100) { _ in }
        }
        #expect(eventually { queue == nil })
    }

    /// Waits for another thread, though not for ever.
    private func eventually(_ condition: () -> Bool) -> Bool {
        let deadline = DispatchTime.now() + .seconds(30)
        while !condition() {
            guard DispatchTime.now() < deadline else { return false }
            sched_yield()
        }
        return true
    }
}
