import Datasets
import Neural
public import Storage
import Tensors

/// Measures a trained run on a split.
public enum Evaluation {
    /// What an evaluation found.
    public struct Result: Sendable {
        /// What was learned.
        public let task: TrainingRecipe.Task

        /// Over all rows: segments, or questions.
        public let accuracy: LabelAccuracy

        /// What the task says beside it, such as the accuracy of each type of question.
        public let figures: [Figure]
        public let confusion: ConfusionMatrix

        /// Where the accuracy may lie, by drawing clips again.
        public let interval: BootstrapInterval

        /// Names of the labels; of events background is the last.
        public let labels: [String]

        /// Samples that were evaluated, and those that were left out for lack of data.
        public let samples: Int
        public let leftOut: Int

        /// Segments that one of the streams has no data for; they are counted like all others.
        public let paddedSegments: Int

        /// Epoch of the checkpoint.
        public let epoch: Int

        /// The split that selected the checkpoint, and the quirks that the run had.
        public let selection: String
        public let quirks: [String]

        /// How often the run's results on test have been looked at, this time included; nil of other splits.
        public let looks: Int?

        /// Rows of each clip, and those of them that were found.
        let clips: [(correct: Int, segments: Int)]

        /// Trainable parameters of the run.
        public let parameters: Int

        /// What the result is reported under: the method, and its blocks if it is a variant.
        public let title: String
    }

    /// Evaluates a run's best checkpoint.
    ///
    /// That test is looked at is noted in the run's folder. Clips in `absent` are left out.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if the cache is not of the features that the run
    ///   was trained on.
    public static func evaluate(
        run path: String, cache: Cache, split: String, leavingOut absent: Set<String>, threads: Int
    ) throws -> Result {
        let run = try TrainedRun(
            path, cache: cache, split: split, leavingOut: absent, verb: "evaluate")
        let samples = run.samples
        let labels = run.task.labels
        var judged = Judgement(samples, batch: run.batch)
        try run.forEachSample(threads: threads) { index, scores in
            judged.note(run.task.decision.labels(scores), sample: index)
        }
        var accuracy = LabelAccuracy(classes: labels.count)
        var confusion = ConfusionMatrix(classes: labels.count)
        var clips: [(correct: Int, segments: Int)] = [], places: [String: Int] = [:]
        for index in samples.samples.indices {
            let predicted = judged.predicted[index], labels = samples.truth[index]
            accuracy.add(predicted: predicted, labels: labels)
            confusion.add(predicted: predicted, labels: labels)
            // Several samples may share a clip, which is drawn as one.
            let place = places[samples.samples[index].clip, default: clips.count]
            places[samples.samples[index].clip] = place
            if place == clips.count { clips.append((0, 0)) }
            clips[place].correct += zip(predicted, labels).count { $0 == $1 }
            clips[place].segments += labels.count
        }
        let looks =
            split == "test"
            ? try TestLooks(run: path).add(
                TestLook(command: "evaluate", accuracy: accuracy.value, samples: accuracy.count))
            : nil
        return Result(
            task: run.name, accuracy: accuracy, figures: run.task.figures(judged),
            confusion: confusion, interval: BootstrapInterval(clips: clips), labels: labels,
            samples: samples.samples.count, leftOut: samples.leftOut.count,
            paddedSegments: samples.paddedSegments, epoch: run.epoch, selection: run.selection,
            quirks: run.quirks, looks: looks, clips: clips, parameters: run.parameters,
            title: run.title)
    }
}
