import Datasets
import Neural
import Tensors

extension TrainingSession {
    /// Bytes that a run takes beside what the process has once its steps are recorded.
    struct MemoryNeeds {
        /// Cotangents, and what belongs to parameters: gradients, the optimiser's memory, running means.
        let own: Int

        /// Batches of all shapes.
        let batches: [BatchPlan.Shape: Int]

        /// The last checkpoint, which is put together before it is written.
        let checkpoint: Int
    }

    /// Records the steps of all sizes of batches that the run will meet.
    ///
    /// - Parameter slots: Gets a batch of each shape, if it has none.
    /// - Returns: What it takes beside them, and beside packed weights.
    func prepare(_ slots: BatchSlots<LoadedBatch>) -> MemoryNeeds {
        let plans =
            EpochPlan(
                ids: data.train.items.indices.map(data.train.id), recipe, epoch: 1,
                source: data.number
            ).updates.flatMap(\.self) + validationPlans()
        var batches: [BatchPlan.Shape: Int] = [:]
        var seen: Set<BatchPlan.Kind> = []
        for plan in plans where seen.insert(plan.kind).inserted {
            let slot = slots.take(plan.shape)
            slot.withBatch(making: data.makeBatch(plan)) { batch in
                batches[plan.shape] = batch.bytes
                steps.prepare(batch, plan)
            }
            slots.put(slot)
        }
        let parameters =
            model.parameters.map(\.value.count).reduce(0, +) * MemoryLayout<Float>.stride
        return MemoryNeeds(
            own: steps.backwardBytes + parameters * (1 + updater.tensorsPerParameter),
            batches: batches, checkpoint: parameters * (1 + updater.tensorsPerParameter))
    }
}
