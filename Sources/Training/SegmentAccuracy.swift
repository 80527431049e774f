/// The metric of audio-visual event localisation: the share of segments that are labelled right.
///
/// Counts are pooled over all segments, background included.
///
/// Source: Tian et al., *Audio-Visual Event Localization in Unconstrained Videos*, ECCV 2018.
public struct SegmentAccuracy: Sendable, Equatable {
    /// By label, how many segments have it, and how many of these were found.
    public private(set) var segments: [Int]
    public private(set) var correct: [Int]

    /// No segments yet, of `classes` labels.
    public init(classes: Int) {
        segments = Array(repeating: 0, count: classes)
        correct = segments
    }

    public mutating func add(predicted: [Int], labels: [Int]) {
        precondition(predicted.count == labels.count)
        for (prediction, label) in zip(predicted, labels) {
            segments[label] += 1
            if prediction == label { correct[label] += 1 }
        }
    }

    /// Number of segments.
    public var count: Int { segments.reduce(0, +) }

    /// In 0…1.
    public var value: Double { Double(correct.reduce(0, +)) / Double(max(count, 1)) }

    /// Accuracy of always giving the most frequent label.
    public var chance: Double { Double(segments.max() ?? 0) / Double(max(count, 1)) }
}
