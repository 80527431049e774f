/// The share of rows that are labelled right: of segments, or of questions.
///
/// Counts are pooled over all rows, in event localisation those of background included.
///
/// Source: Tian et al., *Audio-Visual Event Localization in Unconstrained Videos*, ECCV 2018; Li et al.,
/// *Learning to Answer Questions in Dynamic Audio-Visual Scenarios*, CVPR 2022.
public struct LabelAccuracy: Sendable, Equatable {
    /// By label, how many rows have it, and how many of these were found.
    public private(set) var rows: [Int]
    public private(set) var correct: [Int]

    /// Rows whose label is none of those that can be given; they are wrong.
    public private(set) var unknown = 0

    /// No rows yet, of `classes` labels.
    public init(classes: Int) {
        rows = Array(repeating: 0, count: classes)
        correct = rows
    }

    /// Counts rows; −1 stands for a label that is not known.
    public mutating func add(predicted: [Int], labels: [Int]) {
        precondition(predicted.count == labels.count)
        for (prediction, label) in zip(predicted, labels) {
            guard label >= 0 else {
                unknown += 1
                continue
            }
            rows[label] += 1
            if prediction == label { correct[label] += 1 }
        }
    }

    /// Number of rows.
    public var count: Int { rows.reduce(unknown, +) }

    /// In 0…1.
    public var value: Double { Double(correct.reduce(0, +)) / Double(max(count, 1)) }

    /// Accuracy of always giving the most frequent label.
    public var chance: Double { Double(rows.max() ?? 0) / Double(max(count, 1)) }
}
