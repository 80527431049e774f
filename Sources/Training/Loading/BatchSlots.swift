import Synchronization

/// Memory of batches that go round: one that is done with is filled again, by whoever loads the next of its shape.
///
/// Passes share it, so that memory is taken once, and no page of it twice.
final class BatchSlots<Batch: Sendable>: Sendable {
    /// Where a batch stays while it goes round; it is handed on by reference, so that nobody copies it.
    final class Slot: Sendable {
        let batch: Mutex<Batch?>
        let shape: BatchPlan.Shape

        init(_ shape: BatchPlan.Shape) {
            batch = Mutex(nil)
            self.shape = shape
        }

        /// Calls `body` with the batch, which is made if there is none.
        func withBatch<Result, Failure: Error>(
            making make: @autoclosure () -> Batch,
            _ body: (inout Batch) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try batch.withLock { (batch: inout Batch?) throws(Failure) -> Result in
                // Put back once it has been changed: while there were two, writing would copy it.
                var own = batch.take() ?? make()
                defer { batch = own }
                return try body(&own)
            }
        }

        /// Calls `body` with the batch.
        ///
        /// - Precondition: It has been loaded.
        func withBatch<Result, Failure: Error>(
            _ body: (inout Batch) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            func missing() -> Batch { preconditionFailure("a batch that was loaded is there") }
            return try withBatch(making: missing(), body)
        }
    }

    private let spare = Mutex<[BatchPlan.Shape: [Slot]]>([:])

    /// A slot for a batch of some shape, which may hold one that is done with.
    func take(_ shape: BatchPlan.Shape) -> Slot {
        spare.withLock { $0[shape]?.popLast() } ?? Slot(shape)
    }

    /// Gives back a slot whose batch is done with, or was made to be filled.
    func put(_ slot: Slot) {
        spare.withLock { $0[slot.shape, default: []].append(slot) }
    }
}
