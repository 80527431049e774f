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
        fileprivate let slot: BatchSlots<Batch>.Slot

        /// Calls `body` with the batch.
        func withBatch<Result, Failure: Error>(
            _ body: (inout Batch) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try slot.withBatch(body)
        }
    }

    private let queue: BoundedQueue<Result<Item, any Error>>
    private let slots: BatchSlots<Batch>
    private let isAbandoned: Flag
    private let thread: BackgroundThread

    /// Whether nobody wants more.
    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    /// Starts to load.
    ///
    /// - Parameters:
    ///   - plans: By run, its batches in order.
    ///   - depth: How many batches may wait to be taken.
    ///   - slots: Memory that earlier loaders have used.
    ///   - load: Fills a batch that is done with, or makes one if there is none.
    init(
        _ plans: [[BatchPlan]], depth: Int, slots: BatchSlots<Batch> = BatchSlots(),
        load: @escaping @Sendable (BatchPlan, inout Batch?) throws -> Void
    ) {
        let queue = BoundedQueue<Result<Item, any Error>>(capacity: depth), abandoned = Flag()
        (self.queue, self.slots, isAbandoned) = (queue, slots, abandoned)
        thread = BackgroundThread {
            defer { queue.close() }
            for (runs, plan) in Self.order(plans) {
                guard !abandoned.isSet.load(ordering: .relaxed) else { return }
                let slot = slots.take(plan.shape)
                let item = Result {
                    try slot.batch.withLock { (batch: inout Batch?) in try load(plan, &batch) }
                    return Item(runs: runs, plan: plan, slot: slot)
                }
                queue.push(item)
                guard case .success = item else { return }
            }
        }
    }

    /// Ends loading; what has been loaded is not used.
    deinit {
        isAbandoned.isSet.store(true, ordering: .relaxed)
        while let item = queue.pop() {
            if case .success(let item) = item { slots.put(item.slot) }
        }
        thread.join()
    }

    /// The next batch; nil after the last.
    ///
    /// - Throws: Why it could not be loaded; it is the last then.
    func next() throws -> Item? { try queue.pop()?.get() }

    /// Gives back a batch that is done with.
    func recycle(_ item: Item) {
        slots.put(item.slot)
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
