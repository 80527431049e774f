/// How often each label was taken for which.
public struct ConfusionMatrix: Sendable, Equatable {
    /// By true label, how many rows were given each label.
    public private(set) var counts: [[Int]]

    /// No rows yet, of `classes` labels.
    public init(classes: Int) {
        counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    }

    /// Counts rows; one whose label is not known, −1, has no place.
    public mutating func add(predicted: [Int], labels: [Int]) {
        precondition(predicted.count == labels.count)
        for (prediction, label) in zip(predicted, labels) where label >= 0 {
            counts[label][prediction] += 1
        }
    }

    /// By label, how many rows were given it.
    public var predicted: [Int] {
        counts.indices.map { label in counts.map { $0[label] }.reduce(0, +) }
    }

    /// The matrix as a table: a row for each true label, a column for each that was given.
    public func csv(labels: [String]) -> String {
        var table = CSVText(["true \\ predicted"] + labels)
        for (label, row) in zip(labels, counts) { table.add([label] + row.map(String.init)) }
        return table.text
    }
}
