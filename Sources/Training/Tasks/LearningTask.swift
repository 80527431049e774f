import Datasets
import Neural
import Tensors

/// What a model is trained to tell, and how that is judged.
///
/// A batch consists of items: what is read and run as one, a sample or a clip with some of its samples.
protocol LearningTask: Sendable {
    /// Names of the labels that a row may be given.
    var labels: [String] { get }

    /// Rows of a sample: one for each segment, or one for its question.
    var rowsPerSample: Int { get }

    /// How many samples an item has room for.
    var room: Int { get }

    /// The label of each row of a sample; −1 for one that has none of ``labels``.
    func truth(of sample: Sample) -> [Int]

    /// The samples of each item, as indices; every sample is in one.
    func items(of samples: [Sample]) -> [[Int]]

    /// The words that questions are made of; nil if none are read.
    var words: QuestionWords? { get }

    /// Targets that are labels, by the tensor that they are written to, for the samples of train.
    func targetTables(_ samples: [Sample], items: [[Int]]) -> [BatchTensor: TargetTable]

    /// Writes the tensors of a batch of train that are no labels.
    ///
    /// - Parameters:
    ///   - tensors: As ``TrainingData/makeBatch(_:)`` makes them.
    ///   - plan: The batch.
    ///   - samples: Those of train.
    ///   - items: Their items.
    func write(
        _ tensors: inout TaskTensors, _ plan: BatchPlan, _ samples: [Sample], items: [[Int]])

    /// The loss of a batch, a scalar, as a part of that of its update.
    func loss(_ outputs: HeadOutputs, _ targets: TaskVariables) -> Variable

    /// How a row of scores becomes a label.
    var decision: Decision { get }

    /// What selects, higher is better, of all samples of a split.
    func selectingFigure(_ judged: Judgement) -> Double

    /// What is known beside the accuracy over all rows, in order.
    func figures(_ judged: Judgement) -> [Figure]
}

extension LearningTask {
    /// The samples of each item: its own, if nothing is grouped.
    func items(of samples: [Sample]) -> [[Int]] { samples.indices.map { [$0] } }
}

/// One of the numbers that a split comes to.
public struct Figure: Sendable, Equatable {
    /// In words, such as `audio counting`.
    public let name: String

    /// In 0…1.
    public let value: Double

    /// Rows that it is of.
    public let count: Int

    /// Its name in metrics, such as `audio_counting`.
    var key: String { name.lowercased().replacing(" ", with: "_").replacing("-", with: "_") }
}
