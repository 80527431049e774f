import Datasets
import Tensors

/// What a run says of one sample.
public struct Prediction: Codable, Sendable, Equatable {
    /// Id of the sample.
    public let id: String
    public let clip: String

    /// The question, and what it is about, such as `Audio Counting`; nil where there is none.
    public let question: String?
    public let type: String?

    /// The label of each row, a segment or the question.
    public let predicted: [String]

    /// The probability of that label.
    public let probability: [Float]

    /// What the annotations say; nil where they say nothing that can be predicted.
    public let labels: [String]?

    /// For each row, the probability of every label, in the order of the run's.
    public var probabilities: [[Float]]?

    /// For each row, the scores themselves.
    public var logits: [[Float]]?

    enum CodingKeys: String, CodingKey {
        case id, clip, question, type, predicted, probability, probabilities, logits
        case labels = "true"
    }

    /// Makes a prediction of scores, `[rows, columns]`.
    init(of sample: Sample, scores: Tensor, truth: [Int], _ task: any LearningTask) {
        let rows = (0..<scores.rows).map { scores.row($0) }
        let shares = rows.map(task.decision.probabilities)
        let winners = task.decision.labels(scores)
        let kind = QuestionType(sample)
        id = sample.id
        clip = sample.clip
        question = sample.answer == nil ? nil : sample.text
        type = kind.map { "\($0.modality) \($0.kind)" }
        predicted = winners.map { task.labels[$0] }
        probability = zip(shares, winners).map { $0[$1] }
        labels = truth.contains(-1) ? nil : truth.map { task.labels[$0] }
        probabilities = shares
        logits = rows.map { Array($0) }
    }
}
