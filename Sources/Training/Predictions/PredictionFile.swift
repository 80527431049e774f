import Datasets
import Foundation
import Neural
public import Storage
import Tensors

/// Writes what a run says of each sample of a split.
public enum PredictionFile {
    /// How predictions are written.
    public enum Format: String, Sendable, CaseIterable {
        /// An object for each sample.
        case jsonl

        /// A line for each segment or question, under a line of column names.
        case csv

        /// The format that a file's name ends in; nil for any other.
        public init?(of path: String) {
            self.init(rawValue: URL(filePath: path).pathExtension.lowercased())
        }
    }

    /// What is written besides the labels and their probabilities.
    public struct Details: OptionSet, Sendable {
        public let rawValue: Int

        /// The probabilities of all labels.
        public static let probabilities = Details(rawValue: 1)

        /// The scores that decide.
        public static let logits = Details(rawValue: 2)

        public init(rawValue: Int) { self.rawValue = rawValue }
    }

    /// What was written.
    public struct Summary: Sendable {
        public let samples: Int
        public let leftOut: Int
    }

    /// Runs the best checkpoint on a split and writes a file, which appears complete or not at all.
    ///
    /// Clips in `absent` are left out. The bytes are the same for any number of threads.
    ///
    /// - Throws: ``TrainingError`` of kind `cache` if the cache is not of the features that the run
    ///   was trained on, of kind `failed` if a score is not finite.
    public static func write(
        to path: String, as format: Format, run: String, cache: Cache, split: String,
        leavingOut absent: Set<String>, details: Details, threads: Int
    ) throws -> Summary {
        let trained = try TrainedRun(
            run, cache: cache, split: split, leavingOut: absent, verb: "predict with")
        var predictions: [Int: Prediction] = [:]
        try trained.forEachSample(threads: threads) { index, scores in
            let sample = trained.samples.samples[index]
            guard scores.elements.allSatisfy(\.isFinite) else {
                throw TrainingError(
                    .failed, "predict sample \(sample.id) with run \(run)",
                    "its scores are not finite")
            }
            var prediction = Prediction(
                of: sample, scores: scores, truth: trained.samples.truth[index], trained.task)
            if !details.contains(.probabilities) { prediction.probabilities = nil }
            if !details.contains(.logits) { prediction.logits = nil }
            predictions[index] = prediction
        }
        let ordered = trained.samples.samples.indices.compactMap { predictions[$0] }
        let bytes =
            switch format {
            case .jsonl: JSONLines.encode(ordered)
            case .csv: Data(table(ordered, trained, details).utf8)
            }
        if split == "test" {
            let rows = ordered.map(\.predicted.count).reduce(0, +)
            _ = try TestLooks(run: run).add(TestLook(command: "predict", samples: rows))
        }
        try AtomicFile.write(bytes, to: path, isLocked: false)
        return Summary(samples: ordered.count, leftOut: trained.samples.leftOut.count)
    }

    private static func table(
        _ predictions: [Prediction], _ run: TrainedRun, _ details: Details
    ) -> String {
        let labels = run.task.labels, isOfQuestions = run.name == .avqa
        var columns = ["id", "clip"] + (isOfQuestions ? ["question", "type"] : ["segment"])
        columns += ["predicted", "probability", "true"]
        if details.contains(.probabilities) { columns += labels.map { "probability of \($0)" } }
        if details.contains(.logits) { columns += run.task.decision.columns(labels) }
        var table = CSVText(columns)
        for prediction in predictions {
            for segment in prediction.predicted.indices {
                var fields = [prediction.id, prediction.clip]
                fields +=
                    isOfQuestions
                    ? [prediction.question ?? "", prediction.type ?? ""] : ["\(segment)"]
                fields += [
                    prediction.predicted[segment],
                    "\(prediction.probability[segment])", prediction.labels?[segment] ?? "",
                ]
                fields += prediction.probabilities?[segment].map { "\($0)" } ?? []
                fields += prediction.logits?[segment].map { "\($0)" } ?? []
                table.add(fields)
            }
        }
        return table.text
    }
}
