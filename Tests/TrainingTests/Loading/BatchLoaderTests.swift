import Synchronization
import Testing

@testable import Training

/// Batches that are read ahead: their order, what is shared, and how loading ends.
@Suite struct BatchLoaderTests {
    private struct Failure: Error {}

    private func plans(_ numbers: [Int]) -> [BatchPlan] {
        numbers.map { BatchPlan(items: [$0], update: [$0]) }
    }

    private func run(
        _ plans: [[BatchPlan]], depth: Int = 2, failingAt: Int? = nil
    ) throws -> (items: [(runs: [Int], sample: Int)], loads: Int) {
        let loads = Atomic(0)
        var items: [(runs: [Int], sample: Int)] = []
        let loader = BatchLoader<Int>(plans, depth: depth) { plan, batch in
            loads.add(1, ordering: .relaxed)
            if plan.items[0] == failingAt { throw Failure() }
            batch = plan.items[0]
        }
        while let item = try loader.next() {
            items.append((item.runs, item.withBatch { $0 }))
            loader.recycle(item)
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
        let loader = BatchLoader<Int>([plans(Array(0..<100))], depth: 1) { plan, batch in
            batch = plan.items[0]
        }
        #expect(try loader.next()?.withBatch { $0 } == 0)
    }

    /// Memory of a batch stays where it is: it is written to in place, and never copied.
    @Test func batchesThatAreDoneWithAreFilledAgain() throws {
        let made = Atomic(0)
        let loader = BatchLoader<Batch>([plans(Array(0..<50))], depth: 2) { plan, batch in
            if batch == nil {
                made.add(1, ordering: .relaxed)
                batch = Batch()
            }
            batch?.fill(with: plan.items[0])
        }
        var places: Set<Int> = [], sum = 0
        while let item = try loader.next() {
            item.withBatch { batch in
                batch.fill(with: batch.elements[0] + 1)
                places.insert(batch.place)
                sum += batch.elements[0]
            }
            loader.recycle(item)
        }
        #expect(1...4 ~= made.load(ordering: .relaxed))
        #expect(places.count == made.load(ordering: .relaxed))
        #expect(sum == (1...50).reduce(0, +))
    }

    private struct Batch: Sendable {
        var elements = Array(repeating: 0, count: 1024)

        mutating func fill(with value: Int) {
            for index in elements.indices { elements[index] = value }
        }

        /// Where its elements lie.
        var place: Int { elements.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) } }
    }
}
