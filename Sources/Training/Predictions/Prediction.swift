import Foundation
import Neural
import Tensors

/// What a run says of one sample.
public struct Prediction: Codable, Sendable, Equatable {
    /// Id of the sample.
    public let id: String
    public let clip: String

    /// For each segment, the label of the largest score; of equal ones the first.
    public let predicted: [String]

    /// The probability of that label: the softmax of the segment's scores.
    public let probability: [Float]

    /// What the annotations say; nil where they say nothing.
    public let labels: [String]?

    /// For each segment, the probability of every label, in the order of the run's, background last.
    public var probabilities: [[Float]]?

    /// For each segment, the scores themselves.
    public var logits: [[Float]]?

    enum CodingKeys: String, CodingKey {
        case id, clip, predicted, probability, probabilities, logits
        case labels = "true"
    }

    /// Makes a prediction of scores, `[segments, labels]`.
    init(id: String, clip: String, scores: Tensor, truth: [Int]?, labels names: [String]) {
        let rows = (0..<scores.rows).map { row in
            Array(scores.elements[row * scores.columns..<(row + 1) * scores.columns])
        }
        let shares = rows.map(Self.softmax), winners = scores.largestColumns()
        self.id = id
        self.clip = clip
        predicted = winners.map { names[$0] }
        probability = zip(shares, winners).map { $0[$1] }
        labels = truth?.map { names[$0] }
        probabilities = shares
        logits = rows
    }

    /// In double precision, so that the shares of any scores add up to one.
    private static func softmax(_ scores: [Float]) -> [Float] {
        let largest = Double(scores.max() ?? 0)
        let exponentials = scores.map { exp(Double($0) - largest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { Float($0 / sum) }
    }
}
