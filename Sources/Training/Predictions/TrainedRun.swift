import Models
import Neural
import Storage
import Tensors

/// A run's best checkpoint, and the samples of a split to use it on.
struct TrainedRun {
    /// What it has learned, and what results are figures of.
    let name: TrainingRecipe.Task
    let task: any LearningTask
    let samples: CachedSamples

    /// The split that selected its best epoch.
    let selection: String

    /// Faults of published code that it repeats.
    let quirks: [String]

    /// Epoch of the checkpoint.
    let epoch: Int

    /// Trainable parameters.
    let parameters: Int

    /// What results are reported under.
    let title: String

    private let model: TaskModel
    private let standardisation: Standardisation?

    /// Items that are judged together.
    let batch: Int

    /// Opens a run.
    ///
    /// Clips in `absent` are left out; `verb` is what errors say was attempted.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if the cache is not of the features that the run
    ///   was trained on.
    init(
        _ path: String, cache: Cache, split: String, leavingOut absent: Set<String>, verb: String
    ) throws {
        let run = RunFolder(path), operation = "\(verb) run \(path) on cache \(cache.path)"
        let record = try run.record()
        let recipe = try run.recipe()
        let streams = try StreamSet(cache, recipe, operation: operation)
        let fingerprints = streams.fingerprints
        for (stream, fingerprint) in record.features.sorted(by: { $0.key < $1.key })
        where Models.Stream(rawValue: stream) != nil && fingerprints[stream] != fingerprint {
            let field = try BaseModels(of: cache, recipe, streams).differences(from: path).first
            throw TrainingError(
                .cache, operation,
                "the run was trained on \(stream) states of fingerprint \(fingerprint), the cache has "
                    + "\(fingerprints[stream] ?? "none")\(field.map { ": \($0)" } ?? "")")
        }
        guard record.vocabulary == cache.description.vocabulary else {
            throw TrainingError(.cache, operation, "the run was trained on other classes")
        }
        name = recipe.task
        task = try TaskCatalog.make(recipe, cache, words: record.words)
        samples = try CachedSamples(
            cache, split: split, streams: streams, task: task, leavingOut: absent,
            operation: operation)
        selection = recipe.selectingSplit
        quirks = recipe.quirks.map(\.title)
        title = record.title
        parameters = record.methodParameters + record.headParameters
        model = try TaskModel(recipe, streams: streams, task: task)
        (standardisation, epoch) = try Checkpoint.restore(
            model, from: SafeTensors(reading: run.bestPath))
        batch = recipe.batch
    }

    /// Calls `body` with the number of each sample and the scores of its rows, `[rows, columns]`; samples of
    /// one clip may come together.
    func forEachSample(threads: Int, _ body: (Int, Tensor) throws -> Void) throws {
        try samples.forEachSample(
            scoredBy: model, standardisation, batch: batch, pool: WorkerPool(threads: threads), body
        )
    }
}

extension CachedSamples {
    /// Calls `body` with the number of each sample and the scores of its rows, `[rows, columns]`.
    ///
    /// Batches are of fixed size, so that the scores do not depend on anything else.
    func forEachSample(
        scoredBy model: TaskModel, _ standardisation: Standardisation?, batch size: Int,
        pool: WorkerPool, _ body: (Int, Tensor) throws -> Void
    ) throws {
        for start in stride(from: 0, to: items.count, by: size) {
            let indices = Array(start..<min(start + size, items.count))
            var batch = LoadedBatch(states: try batch(indices, standardisation))
            if let words = model.task.words {
                batch.tensors = TaskTensors([
                    .words: [indices.count * model.task.room, words.length]
                ])
            }
            writeWords(indices, to: &batch.tensors)
            let scores = withTape(recording: false, pool: pool) { tape in
                model.scores(batch) { tape.constant($0) }.value
            }
            try forEachSample(of: indices) { sample, rows in
                let elements = scores.elements[
                    rows.lowerBound * scores.columns..<rows.upperBound * scores.columns]
                try body(sample, Tensor(Array(elements), shape: [rows.count, scores.columns]))
            }
        }
    }
}
