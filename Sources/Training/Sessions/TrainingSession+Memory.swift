import Datasets
import Neural
import Tensors

extension TrainingSession {
    /// Bytes that a run takes beside what the process has once its steps are recorded.
    struct MemoryNeeds {
        /// Cotangents, and what belongs to parameters: gradients, the optimiser's memory, running means.
        let own: Int

        /// The largest batch.
        let batch: Int

        /// The last checkpoint, which is put together before it is written.
        let checkpoint: Int
    }

    /// Records the steps of all sizes of batches that the run will meet.
    ///
    /// - Returns: What it takes beside them, and beside packed weights.
    func prepare() -> MemoryNeeds {
        let plans =
            EpochPlan(
                ids: data.train.items.indices.map(data.train.id), recipe, epoch: 1,
                source: data.number
            ).updates.flatMap(\.self) + validationPlans()
        var largest = 0, seen: Set<BatchPlan.Shape> = []
        for plan in plans where seen.insert(plan.shape).inserted {
            let batch = data.makeBatch(plan)
            largest = max(largest, batch.bytes)
            steps.prepare(batch, plan)
        }
        let parameters =
            model.parameters.map(\.value.count).reduce(0, +) * MemoryLayout<Float>.stride
        return MemoryNeeds(
            own: steps.backwardBytes + parameters * (1 + updater.tensorsPerParameter),
            batch: largest, checkpoint: parameters * (1 + updater.tensorsPerParameter))
    }
}
