import Models
import Neural
public import Storage
import Tensors

/// Measures a trained run on a split.
public enum Evaluation {
    /// What an evaluation found.
    public struct Result: Sendable {
        public let accuracy: SegmentAccuracy

        /// Names of the labels, background last.
        public let labels: [String]

        /// Samples that were evaluated, and those that were left out for lack of data.
        public let samples: Int
        public let leftOut: Int

        /// Segments that one of the streams has no data for; they are counted like all others.
        public let paddedSegments: Int

        /// Epoch of the checkpoint.
        public let epoch: Int
    }

    /// Evaluates a run's best checkpoint.
    ///
    /// Clips in `absent` are left out.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if the cache is not of the features that the run
    ///   was trained on.
    public static func evaluate(
        run path: String, cache: Cache, split: String, leavingOut absent: Set<String>, threads: Int
    ) throws -> Result {
        let run = RunFolder(path), operation = "evaluate run \(path) on cache \(cache.path)"
        let record = try run.record()
        let recipe = try run.recipe()
        let streams = try StreamSet(cache, recipe, operation: operation)
        let fingerprints = streams.fingerprints
        for (stream, fingerprint) in record.features.sorted(by: { $0.key < $1.key })
        where fingerprints[stream] != fingerprint {
            throw TrainingError(
                .cache, operation,
                "the run was trained on \(stream) states of fingerprint \(fingerprint), the cache has "
                    + "\(fingerprints[stream] ?? "none")")
        }
        guard record.vocabulary == cache.description.vocabulary else {
            throw TrainingError(.cache, operation, "the run was trained on other classes")
        }
        let samples = try CachedSamples(
            cache, split: split, streams: streams, leavingOut: absent, operation: operation)
        let labels = record.vocabulary + ["background"]
        let model = try EventModel(recipe, streams: streams, classes: labels.count)
        let checkpoint = try Checkpoint.restore(model, from: SafeTensors(reading: run.bestPath))
        return Result(
            accuracy: try accuracy(
                of: model, on: samples, checkpoint.standardisation, batch: recipe.batch,
                pool: WorkerPool(threads: threads)),
            labels: labels, samples: samples.samples.count, leftOut: samples.leftOut.count,
            paddedSegments: samples.paddedSegments, epoch: checkpoint.epoch)
    }

    /// Accuracy of a model on all samples, in batches of fixed size.
    static func accuracy(
        of model: EventModel, on samples: CachedSamples, _ standardisation: Standardisation?,
        batch size: Int, pool: WorkerPool
    ) throws -> SegmentAccuracy {
        var accuracy: SegmentAccuracy?
        for start in stride(from: 0, to: samples.samples.count, by: size) {
            let indices = Array(start..<min(start + size, samples.samples.count))
            let batch = try samples.batch(indices, standardisation)
            let scores = withTape(recording: false, pool: pool) { model(batch, on: $0).value }
            var total = accuracy ?? SegmentAccuracy(classes: scores.columns)
            total.add(predicted: scores.largestColumns(), labels: batch.labels)
            accuracy = total
        }
        return accuracy ?? SegmentAccuracy(classes: 0)
    }
}
