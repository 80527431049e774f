import Foundation
import Neural
import Storage
import Tensors

/// The folder of one training: its recipe, what it was trained on, its metrics and its checkpoints.
public struct RunFolder: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    var recipePath: String { "\(path)/recipe.yaml" }
    var bestPath: String { "\(path)/best.safetensors" }
    var lastPath: String { "\(path)/last.safetensors" }
    var hasStarted: Bool { FileManager.default.fileExists(atPath: recipePath) }

    /// What a run was trained on: `run.json`.
    public struct Record: Codable, Sendable, Equatable {
        public var producer = Producer.name
        public var dataset: String

        /// Digest of the sample list.
        public var samples: String

        /// Fingerprints of the features by stream.
        public var features: [String: String]

        /// Names of the classes; background follows the last.
        public var vocabulary: [String]

        /// Clips of train and val that were left out for lack of data.
        public var leftOut: [String]

        /// What is learned; `avel` in runs of older versions.
        public var task: TrainingRecipe.Task?

        /// The split that selected the best epoch.
        public var selection: String?

        /// Faults of published code that were repeated.
        public var quirks: [String]?

        /// The words of questions, where the head reads them.
        var words: QuestionWords?

        /// Segments of train and val that one of the streams has no data for.
        public var paddedSegments: Int

        /// What results are reported under: the method, and its blocks if it is a variant.
        public var title: String

        /// True if batch size and order are a part of the result, as with batch normalisation; nil if not.
        public var couplesSamples: Bool?

        /// Trainable parameters of the method and of the head.
        public var methodParameters: Int
        public var headParameters: Int

        /// Parameters of the frozen backbones, every tensor of their files, a backbone of several streams
        /// once; nil where a file is not at hand.
        public var frozenParameters: Int?

        /// Libraries and processor kernels that computed.
        public var environment: String
    }

    /// Creates the folder for a new run.
    func start(_ recipe: TrainingRecipe, _ record: Record) throws {
        try AtomicFile.createFolder(path)
        try AtomicFile.write(JSONLines.encode([record]), to: "\(path)/run.json")
        try AtomicFile.write(Data(), to: "\(path)/metrics.jsonl")
        try AtomicFile.write(Data(recipe.yaml.utf8), to: recipePath)
    }

    /// The run's recipe, as it was stored.
    func recipe() throws -> TrainingRecipe {
        let text = String(decoding: try AtomicFile.read(recipePath), as: UTF8.self)
        let recipe = try TrainingRecipe(
            yaml: text, overrides: [], operation: "read recipe \(recipePath)")
        guard recipe.yaml == text else {
            throw TrainingError(
                .failed, "read recipe \(recipePath)", "it is not what avprep wrote there")
        }
        return recipe
    }

    /// What the run was trained on.
    func record() throws -> Record {
        guard hasStarted else {
            throw TrainingError(.missing, "read run \(path)", "it has no recipe.yaml")
        }
        guard let record = try JSONLines.read("\(path)/run.json", as: Record.self).first else {
            throw TrainingError(.failed, "read run \(path)", "run.json is empty")
        }
        return record
    }

    /// One line of `metrics.jsonl`: what an epoch came to.
    public struct Epoch: Codable, Sendable, Equatable {
        public let epoch: Int
        public let step: Int

        /// Mean over the epoch's segments.
        public let loss: Double

        /// The figure that selects, on val unless the recipe wants test.
        public let accuracy: Double

        enum CodingKeys: String, CodingKey {
            case epoch, step
            case loss = "train_loss"
            case accuracy = "val_accuracy"
        }
    }
}
