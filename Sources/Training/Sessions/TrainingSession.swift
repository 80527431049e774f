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
    let model: TaskModel
    let updater: Updater
    let pool: WorkerPool

    var progress = TrainingProgress()
    var log: MetricLog?

    /// Loss and items of the parts of the present update whose gradients have been added.
    private var updateLoss = 0.0
    private var items: [Int] = []

    let steps: StepRecorder

    init(
        _ recipe: TrainingRecipe, _ data: TrainingData, _ cache: Cache, folder: RunFolder,
        pool: WorkerPool
    ) throws {
        (self.recipe, self.data, self.folder, self.pool) = (recipe, data, folder, pool)
        model = try TaskModel(recipe, streams: data.streams, task: data.task)
        updater = Updater(
            recipe, method: model.method.layers, head: model.head.parameters,
            updatesPerEpoch: data.updates(recipe))
        steps = StepRecorder(model, recipe, pool: pool)
        record = RunFolder.Record(of: cache, data, recipe, model)
        base = try BaseModels(of: cache, recipe, data.streams)
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
    private var updatesPerEpoch: Int { data.updates(recipe) }

    /// Samples of train that an epoch takes.
    private var samplesPerEpoch: Int {
        min(data.train.samples.count, updatesPerEpoch * recipe.batch * data.task.room)
    }

    /// The parts of the updates that are left of this epoch.
    func plans() -> [BatchPlan] {
        EpochPlan(
            ids: data.train.items.indices.map(data.train.id), recipe, epoch: progress.epoch,
            source: data.number
        ).updates.dropFirst(progress.updates).flatMap(\.self)
    }

    /// The batches of val.
    func validationPlans() -> [BatchPlan] {
        EpochPlan(judging: data.val.items.count, batch: recipe.batch, source: data.number)
            .updates.flatMap(\.self)
    }

    /// Computes a part of an update, and makes the update with its last.
    ///
    /// - Returns: The loss of the update; nil if there is more of it to come.
    /// - Throws: ``TrainingError`` if the loss or the gradient is not finite, which names the samples.
    func take(_ batch: inout LoadedBatch, _ plan: BatchPlan) throws -> Double? {
        updateLoss += steps.differentiate(&batch, plan, epoch: progress.epoch)
        items += plan.items
        guard items.count == plan.update.count else { return nil }
        defer {
            updateLoss = 0
            items.removeAll(keepingCapacity: true)
        }
        guard updateLoss.isFinite else { throw notFinite("loss") }
        let isLast = progress.updates + 1 == updatesPerEpoch
        if let what = updater.update(updates, inEpoch: progress.updates, isLast: isLast) {
            throw notFinite(what)
        }
        let samples = items.map { data.train.items[$0].count }.reduce(0, +)
        progress.loss += updateLoss * Double(samples) / Double(samplesPerEpoch)
        progress.updates += 1
        return updateLoss
    }

    private func notFinite(_ what: String) -> TrainingError {
        let ids = items.flatMap { data.train.items[$0] }.map { data.train.samples[$0].id }
            .joined(separator: ", ")
        return TrainingError(
            .failed, "take step \(updates + 1)",
            "the \(what) is not finite, with samples \(ids); the last checkpoint is whole")
    }

    /// Notes what the model says of a batch of val.
    func judge(_ batch: inout LoadedBatch, _ plan: BatchPlan, _ judged: inout Judgement?) {
        let scores = withEvaluatedParameters { steps.scores(&batch, plan) }
        let labels = data.task.decision.labels(scores)
        var all = judged ?? Judgement(data.val, batch: recipe.batch)
        data.val.forEachSample(of: plan.items) { sample, rows in
            all.note(Array(labels[rows]), sample: sample)
        }
        judged = all
    }

    /// Ends an epoch, whose updates have all been made and which has been judged on val.
    ///
    /// Returns the epoch, and whether it is the best so far.
    func finishEpoch(
        _ judged: Judgement, timings: [String: Double]
    ) throws -> (RunFolder.Epoch, isBest: Bool) {
        let accuracy = data.task.selectingFigure(judged), split = recipe.selectingSplit
        let line = RunFolder.Epoch(
            epoch: progress.epoch, step: updates, loss: progress.loss, accuracy: accuracy)
        var values = [
            "train_loss": line.loss, "\(split)_accuracy": accuracy,
            "learning_rate_factor": updater.factor(update: max(updates - 1, 0)),
        ]
        for figure in data.task.figures(judged) {
            values["\(split)_\(figure.key)"] = figure.value
        }
        try log?.add(
            MetricPoint(
                step: line.step, epoch: line.epoch, values: values, timings: timings,
                time: Date().timeIntervalSince1970))
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
