import Datasets
import Testing

@testable import Training

@Suite struct EventLabelTests {
    @Test func countsArePooled() {
        var accuracy = LabelAccuracy(classes: 3)
        accuracy.add(predicted: [0, 1, 2, 2], labels: [0, 1, 1, 2])
        accuracy.add(predicted: [2], labels: [2])
        #expect(accuracy.value == 0.8)
        #expect(accuracy.chance == 0.4)
        #expect(accuracy.rows == [1, 2, 2])
        #expect(accuracy.correct == [1, 1, 2])
    }

    /// Seconds of an event, and the labels of ten segments; 1 is background.
    @Test(arguments: [
        (2.0, 5.0, [1, 1, 0, 0, 0, 1, 1, 1, 1, 1]), (0, 10, Array(repeating: 0, count: 10)),
        (0, 0, Array(repeating: 1, count: 10)), (9, 10, Array(repeating: 1, count: 9) + [0]),
    ])
    func eventLabelsTheSegmentsThatBeginInIt(start: Double, end: Double, expected: [Int]) {
        let sample = Sample(
            id: "0", clip: "a", split: nil, events: [Event(name: "bark", start: start, end: end)])
        let labels = SegmentLabels.labels(
            of: sample, vocabulary: ["bark": 0], segments: 10, segmentDuration: 1)
        #expect(labels == expected)
    }
}
