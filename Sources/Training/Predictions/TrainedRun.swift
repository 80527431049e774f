import Models
import Neural
import Storage
import Tensors

/// A run's best checkpoint, and the samples of a split to use it on.
struct TrainedRun {
    /// Names of the labels, background last.
    let labels: [String]
    let samples: CachedSamples

    /// Epoch of the checkpoint.
    let epoch: Int

    /// Trainable parameters.
    let parameters: Int

    /// What results are reported under.
    let title: String

    private let model: EventModel
    private let standardisation: Standardisation?
    private let batch: Int

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
            let field = try BaseModels(of: cache, recipe).differences(from: path).first
            throw TrainingError(
                .cache, operation,
                "the run was trained on \(stream) states of fingerprint \(fingerprint), the cache has "
                    + "\(fingerprints[stream] ?? "none")\(field.map { ": \($0)" } ?? "")")
        }
        guard record.vocabulary == cache.description.vocabulary else {
            throw TrainingError(.cache, operation, "the run was trained on other classes")
        }
        samples = try CachedSamples(
            cache, split: split, streams: streams, leavingOut: absent, operation: operation)
        labels = record.vocabulary + ["background"]
        title = record.title
        parameters = record.methodParameters + record.headParameters
        model = try EventModel(recipe, streams: streams, classes: labels.count)
        (standardisation, epoch) = try Checkpoint.restore(
            model, from: SafeTensors(reading: run.bestPath))
        batch = recipe.batch
    }

    /// Calls `body` with the number of each sample and the scores of its segments,
    /// `[segments, classes]`, in order.
    func forEachSample(threads: Int, _ body: (Int, Tensor) throws -> Void) throws {
        try samples.forEachSample(
            scoredBy: model, standardisation, batch: batch, pool: WorkerPool(threads: threads), body
        )
    }
}

extension CachedSamples {
    /// Calls `body` with the number of each sample and its scores, `[segments, classes]`, in order.
    ///
    /// Batches are of fixed size, so that the scores do not depend on anything else.
    func forEachSample(
        scoredBy model: EventModel, _ standardisation: Standardisation?, batch size: Int,
        pool: WorkerPool, _ body: (Int, Tensor) throws -> Void
    ) throws {
        for start in stride(from: 0, to: samples.count, by: size) {
            let indices = Array(start..<min(start + size, samples.count))
            let batch = try batch(indices, standardisation)
            let scores = withTape(recording: false, pool: pool) { model(batch, on: $0).value }
            var row = 0
            for index in indices {
                let end = row + labels[index].count
                let elements = scores.elements[row * scores.columns..<end * scores.columns]
                try body(index, Tensor(Array(elements), shape: [end - row, scores.columns]))
                row = end
            }
        }
    }
}
