import Datasets
import Foundation
import Models
import Neural
import Storage
import Tensors

/// A run under way: its model, what updates it, and where it is.
///
/// Nothing depends on the clock or on the number of threads, and everything that the next update
/// depends on is in ``progress``, the parameters and the updater: a run that goes on from a checkpoint
/// is the undisturbed one, to the bit.
final class TrainingSession {
    let recipe: TrainingRecipe
    let folder: RunFolder
    let record: RunFolder.Record
    let base: BaseModels
    let data: TrainingData
    let model: EventModel
    let updater: Updater
    let pool: WorkerPool

    var progress = TrainingProgress()
    var log: MetricLog?

    /// Loss and samples of the parts of the present update whose gradients have been added.
    private var updateLoss = 0.0
    private var samples: [Int] = []

    let steps: StepRecorder

    init(
        _ recipe: TrainingRecipe, _ data: TrainingData, _ cache: Cache, folder: RunFolder,
        pool: WorkerPool
    ) throws {
        (self.recipe, self.data, self.folder, self.pool) = (recipe, data, folder, pool)
        model = try EventModel(recipe, streams: data.streams, classes: data.classes)
        updater = Updater(recipe, model, updatesPerEpoch: data.updates(batch: recipe.batch))
        steps = StepRecorder(model, classes: data.classes, seed: recipe.seed, pool: pool)
        record = RunFolder.Record(of: cache, data, recipe, model)
        base = try BaseModels(of: cache, recipe)
    }

    /// Whether all epochs are done, or val has not improved for as long as the recipe's patience.
    var isFinished: Bool {
        let epochs = progress.epochs.count
        return epochs >= recipe.epochs || epochs - (best?.epoch ?? 0) >= recipe.patience
    }

    /// The best epoch so far.
    var best: RunFolder.Epoch? { progress.best(minimumGain: recipe.minimumGain) }

    /// Updates made since the beginning, and those of the whole run.
    var updates: Int { progress.epochs.count * updatesPerEpoch + progress.updates }
    var totalUpdates: Int { recipe.epochs * updatesPerEpoch }
    var updatesLeft: Int { totalUpdates - updates }
    private var updatesPerEpoch: Int { data.updates(batch: recipe.batch) }

    /// The parts of the updates that are left of this epoch.
    func plans() -> [BatchPlan] {
        EpochPlan(
            ids: data.train.samples.map(\.id), recipe, epoch: progress.epoch, source: data.number
        ).updates.dropFirst(progress.updates).flatMap(\.self)
    }

    /// The batches of val.
    func validationPlans() -> [BatchPlan] {
        EpochPlan(judging: data.val.samples.count, batch: recipe.batch, source: data.number)
            .updates.flatMap(\.self)
    }

    /// Computes a part of an update, and makes the update with its last.
    ///
    /// - Returns: The loss of the update; nil if there is more of it to come.
    /// - Throws: ``TrainingError`` if the loss or the gradient is not finite, which names the samples.
    func take(_ batch: inout LoadedBatch, _ plan: BatchPlan) throws -> Double? {
        updateLoss += steps.differentiate(&batch, plan, epoch: progress.epoch)
        samples += plan.samples
        guard samples.count == plan.update.count else { return nil }
        defer {
            updateLoss = 0
            samples.removeAll(keepingCapacity: true)
        }
        guard updateLoss.isFinite else { throw notFinite("loss") }
        if let what = updater.update(updates) { throw notFinite(what) }
        progress.loss += updateLoss * Double(plan.update.count) / Double(data.train.samples.count)
        progress.updates += 1
        return updateLoss
    }

    private func notFinite(_ what: String) -> TrainingError {
        let ids = samples.map { data.train.samples[$0].id }.joined(separator: ", ")
        return TrainingError(
            .failed, "take step \(updates + 1)",
            "the \(what) is not finite, with samples \(ids); the last checkpoint is whole")
    }

    /// Adds a batch of val to an accuracy.
    func judge(_ batch: inout LoadedBatch, _ plan: BatchPlan, _ accuracy: inout SegmentAccuracy?) {
        let scores = withEvaluatedParameters { steps.scores(&batch, plan) }
        var total = accuracy ?? SegmentAccuracy(classes: data.classes)
        total.add(
            predicted: scores.largestColumns(),
            labels: plan.samples.flatMap { data.val.labels[$0] })
        accuracy = total
    }

    /// Ends an epoch, whose updates have all been made and which came to an accuracy on val.
    ///
    /// Returns the epoch, and whether it is the best so far.
    func finishEpoch(
        accuracy: Double, timings: [String: Double]
    ) throws -> (RunFolder.Epoch, isBest: Bool) {
        let line = RunFolder.Epoch(
            epoch: progress.epoch, step: updates, loss: progress.loss, accuracy: accuracy)
        try log?.add(
            MetricPoint(
                step: line.step, epoch: line.epoch,
                values: [
                    "train_loss": line.loss, "val_accuracy": accuracy,
                    "learning_rate_factor": updater.factor(update: max(updates - 1, 0)),
                ], timings: timings, time: Date().timeIntervalSince1970))
        updater.note(accuracy: accuracy)
        progress.epochs.append(line)
        progress.updates = 0
        progress.loss = 0
        let isBest = best == line
        if isBest { try writeBest() }
        try save()
        return (line, isBest)
    }
}
