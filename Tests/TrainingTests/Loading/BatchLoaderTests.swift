import Synchronization
import Testing

@testable import Training

/// Batches that are read ahead: their order, what is shared, and how loading ends.
@Suite struct BatchLoaderTests {
    private struct Failure: Error {}

    private func plans(_ numbers: [Int]) -> [BatchPlan] {
        numbers.map { BatchPlan(samples: [$0], update: [$0]) }
    }

    private func run(
        _ plans: [[BatchPlan]], depth: Int = 2, failingAt: Int? = nil
    ) throws -> (items: [(runs: [Int], sample: Int)], loads: Int) {
        let loads = Atomic(0)
        var items: [(runs: [Int], sample: Int)] = []
        let loader = BatchLoader<Int>(plans, depth: depth) { plan, _ in
            loads.add(1, ordering: .relaxed)
            if plan.samples[0] == failingAt { throw Failure() }
            return plan.samples[0]
        }
        while let item = try loader.next() {
            items.append((item.runs, item.batch))
            loader.recycle(item.batch)
        }
        return (items, loads.load(ordering: .relaxed))
    }

    @Test(arguments: [1, 2, 9]) func batchesComeInTheOrderOfThePlans(depth: Int) throws {
        let (items, loads) = try run([plans([3, 1, 4, 1, 5])], depth: depth)
        #expect(items.map(\.sample) == [3, 1, 4, 1, 5] && loads == 5)
        #expect(items.allSatisfy { $0.runs == [0] })
    }

    @Test func whatRunsPlanAlikeIsLoadedOnce() throws {
        let (items, loads) = try run([plans([1, 2, 3]), plans([1, 7]), plans([1, 2, 3])])
        #expect(loads == 4)
        #expect(items.map(\.sample) == [1, 2, 7, 3])
        #expect(items.map(\.runs) == [[0, 1, 2], [0, 2], [1], [0, 2]])
    }

    @Test func runsOfOtherDataOrSplitsShareNothing() throws {
        var other = plans([1]), judged = plans([1])
        other[0].source = 1
        judged[0].split = .val
        #expect(try run([plans([1]), other, judged]).loads == 3)
    }

    @Test func failureEndsLoading() throws {
        #expect(throws: Failure.self) { try run([plans([1, 2, 3])], failingAt: 2) }
    }

    /// Who stops early must not leave a thread that waits for room.
    @Test func loaderThatIsLeftEnds() throws {
        let loader = BatchLoader<Int>([plans(Array(0..<100))], depth: 1) { plan, _ in
            plan.samples[0]
        }
        #expect(try loader.next()?.batch == 0)
    }

    @Test func batchesThatAreDoneWithAreFilledAgain() throws {
        let made = Atomic(0)
        let loader = BatchLoader<Int>([plans(Array(0..<50))], depth: 2) { _, spare in
            spare ?? made.add(1, ordering: .relaxed).newValue
        }
        while let item = try loader.next() { loader.recycle(item.batch) }
        #expect(1...4 ~= made.load(ordering: .relaxed))
    }
}
