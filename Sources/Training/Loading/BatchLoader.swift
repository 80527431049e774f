import Neural
import Synchronization

/// Loads batches ahead of those who train on them, on a thread of its own.
///
/// Several runs go through their plans side by side: what two of them plan alike for the same place is
/// loaded once. Batches come in the order of the plans, whatever the depth, and one that is done with is
/// filled again.
final class BatchLoader<Batch: Sendable>: Sendable {
    /// A batch, and the runs that planned it.
    struct Item: Sendable {
        let runs: [Int]
        let plan: BatchPlan
        fileprivate let slot: Slot

        /// Calls `body` with the batch.
        func withBatch<Result>(_ body: (inout Batch) throws -> Result) throws -> Result {
            let result = try slot.batch.withLock { (batch: inout Batch?) throws -> Result? in
                // Put back once it has been changed: while there were two, writing would copy it.
                guard var own = batch.take() else { return nil }
                defer { batch = own }
                return try body(&own)
            }
            guard let result else { preconditionFailure("a batch that was loaded is there") }
            return result
        }
    }

    /// Where a batch stays while it goes round; it is handed on by reference, so that nobody copies it.
    fileprivate final class Slot: Sendable {
        let batch = Mutex<Batch?>(nil)
    }

    private let queue: BoundedQueue<Result<Item, any Error>>
    private let spare = Spare()
    private let thread: BackgroundThread

    /// Batches that may be filled again, and whether anyone wants more.
    private final class Spare: Sendable {
        let slots = Mutex<[Slot]>([])
        let isAbandoned = Atomic(false)
    }

    /// Starts to load.
    ///
    /// - Parameters:
    ///   - plans: By run, its batches in order.
    ///   - depth: How many batches may wait to be taken.
    ///   - load: Fills a batch that is done with, or makes one if there is none.
    init(
        _ plans: [[BatchPlan]], depth: Int,
        load: @escaping @Sendable (BatchPlan, inout Batch?) throws -> Void
    ) {
        let queue = BoundedQueue<Result<Item, any Error>>(capacity: depth), spare = spare
        self.queue = queue
        thread = BackgroundThread {
            defer { queue.close() }
            for (runs, plan) in Self.order(plans) {
                guard !spare.isAbandoned.load(ordering: .relaxed) else { return }
                let slot = spare.slots.withLock { $0.popLast() } ?? Slot()
                let item = Result {
                    try slot.batch.withLock { (batch: inout Batch?) in try load(plan, &batch) }
                    return Item(runs: runs, plan: plan, slot: slot)
                }
                queue.push(item)
                guard case .success = item else { return }
            }
        }
    }

    /// Ends loading; what has been loaded is dropped.
    deinit {
        spare.isAbandoned.store(true, ordering: .relaxed)
        while queue.pop() != nil {}
        thread.join()
    }

    /// The next batch; nil after the last.
    ///
    /// - Throws: Why it could not be loaded; it is the last then.
    func next() throws -> Item? { try queue.pop()?.get() }

    /// Gives back a batch that is done with.
    func recycle(_ item: Item) {
        spare.slots.withLock { $0.append(item.slot) }
    }

    /// Place by place the different plans of all runs, and who has them.
    static func order(_ plans: [[BatchPlan]]) -> [(runs: [Int], plan: BatchPlan)] {
        (0..<(plans.map(\.count).max() ?? 0)).flatMap { place in
            var items: [(runs: [Int], plan: BatchPlan)] = []
            for (run, plans) in plans.enumerated() where place < plans.count {
                if let known = items.firstIndex(where: { $0.plan == plans[place] }) {
                    items[known].runs.append(run)
                } else {
                    items.append(([run], plans[place]))
                }
            }
            return items
        }
    }
}
