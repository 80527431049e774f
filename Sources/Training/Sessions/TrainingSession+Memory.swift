import Datasets
import Neural
import Tensors

extension TrainingSession {
    /// Records the steps of all sizes of batches that the run will meet.
    ///
    /// - Parameter depth: How many batches are read ahead.
    /// - Returns: Bytes that the run takes beside what the process has then, recorded steps and packed
    ///   weights included: cotangents, batches under way, and what belongs to parameters: gradients, the
    ///   optimiser's memory and running means.
    func prepare(depth: Int) -> Int {
        let plans =
            EpochPlan(
                ids: data.train.samples.map(\.id), recipe, epoch: 1, source: data.number
            ).updates.flatMap(\.self) + validationPlans()
        var largest = 0, seen: Set<BatchPlan.Shape> = []
        for plan in plans where seen.insert(plan.shape).inserted {
            let batch = data.makeBatch(plan)
            largest = max(largest, batch.bytes)
            steps.prepare(batch, plan)
        }
        let parameters = model.parameters.map(\.value.count).reduce(0, +)
        // One batch is being read, and one trained on.
        return steps.backwardBytes + (depth + 2) * largest
            + parameters * MemoryLayout<Float>.stride * (1 + updater.tensorsPerParameter)
    }
}
