import Datasets

/// What a model has said of the samples of a split, and what is true.
struct Judgement: Sendable {
    let samples: [Sample]

    /// By sample and row.
    private(set) var predicted: [[Int]]
    let truth: [[Int]]

    /// Samples of each batch, in the order in which they were judged.
    let batches: [[Int]]

    /// Nothing said yet of the samples that batches of some items have.
    init(_ split: CachedSamples, batch: Int) {
        samples = split.samples
        truth = split.truth
        predicted = Array(repeating: [], count: samples.count)
        batches = stride(from: 0, to: split.items.count, by: batch).map {
            split.items[$0..<min($0 + batch, split.items.count)].flatMap(\.self)
        }
    }

    init(_ samples: [Sample], truth: [[Int]], predicted: [[Int]], batches: [[Int]] = []) {
        (self.samples, self.truth, self.predicted) = (samples, truth, predicted)
        self.batches = batches
    }

    /// Notes the labels that the rows of a sample are given.
    mutating func note(_ labels: [Int], sample: Int) { predicted[sample] = labels }

    /// Rows of some samples, and those of them that are right.
    func count(_ indices: some Sequence<Int>) -> (correct: Int, rows: Int) {
        indices.reduce(into: (0, 0)) { sum, index in
            sum.0 += zip(predicted[index], truth[index]).count { $0 == $1 }
            sum.1 += truth[index].count
        }
    }

    /// The share of right rows of some samples; 0 of none.
    func accuracy(_ indices: some Sequence<Int>) -> Double {
        let (correct, rows) = count(indices)
        return Double(correct) / Double(max(rows, 1))
    }

    /// The share of all rows that are right.
    var accuracy: Double { accuracy(samples.indices) }
}
