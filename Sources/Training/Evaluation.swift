import Datasets
import Neural
public import Storage
import Tensors

/// Measures a trained run on a split.
public enum Evaluation {
    /// What an evaluation found.
    public struct Result: Sendable {
        public let accuracy: SegmentAccuracy
        public let confusion: ConfusionMatrix

        /// Where the accuracy may lie, by drawing clips again.
        public let interval: BootstrapInterval

        /// Names of the labels, background last.
        public let labels: [String]

        /// Samples that were evaluated, and those that were left out for lack of data.
        public let samples: Int
        public let leftOut: Int

        /// Segments that one of the streams has no data for; they are counted like all others.
        public let paddedSegments: Int

        /// Epoch of the checkpoint.
        public let epoch: Int

        /// Segments of each clip, and those of them that were found.
        let clips: [(correct: Int, segments: Int)]

        /// Trainable parameters of the run.
        public let parameters: Int

        /// What the result is reported under: the method, and its blocks if it is a variant.
        public let title: String
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
        let run = try TrainedRun(
            path, cache: cache, split: split, leavingOut: absent, verb: "evaluate")
        let samples = run.samples
        var accuracy = SegmentAccuracy(classes: run.labels.count)
        var confusion = ConfusionMatrix(classes: run.labels.count)
        var clips: [(correct: Int, segments: Int)] = [], places: [String: Int] = [:]
        try run.forEachSample(threads: threads) { index, scores in
            let predicted = scores.largestColumns(), labels = samples.labels[index]
            accuracy.add(predicted: predicted, labels: labels)
            confusion.add(predicted: predicted, labels: labels)
            // Several samples may share a clip, which is drawn as one.
            let place = places[samples.samples[index].clip, default: clips.count]
            places[samples.samples[index].clip] = place
            if place == clips.count { clips.append((0, 0)) }
            clips[place].correct += zip(predicted, labels).count { $0 == $1 }
            clips[place].segments += labels.count
        }
        return Result(
            accuracy: accuracy, confusion: confusion, interval: BootstrapInterval(clips: clips),
            labels: run.labels, samples: samples.samples.count, leftOut: samples.leftOut.count,
            paddedSegments: samples.paddedSegments, epoch: run.epoch,
            clips: clips, parameters: run.parameters, title: run.title)
    }
}
