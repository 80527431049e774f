import Foundation
import Tensors

/// How a row of scores becomes a label, and a probability of each.
enum Decision: Sendable, Equatable {
    /// The largest score, of equal ones the first; probabilities are their softmax.
    case largest

    /// Scores of events, and as the last one the logit of not being background, which decides first.
    ///
    ///     ŷ = argmax u if σ(e) > 1/2, else background;   p = σ(e) softmax(u), and 1 − σ(e) of background
    case eventLogit

    /// Scores of events and background, and as the last one the probability g of an event.
    ///
    ///     ŷ = argmax of the events if g > 1/2, else background;   p = g softmax of these, 1 − g of background
    ///
    /// With `isPassedTwice` it is σ(g) that is compared, which always exceeds 1/2; the scores then decide
    /// alone, that of background among them, and probabilities are their softmax, as in the published loop.
    case eventProbability(isPassedTwice: Bool)

    /// The label of each row of `[rows, columns]`.
    func labels(_ scores: Tensor) -> [Int] {
        (0..<scores.rows).map { row in
            let row = scores.row(row)
            let events = row.prefix(eventCount(row.count))
            let best = events.indices.reduce(events.startIndex) {
                events[$1] > events[$0] ? $1 : $0
            }
            return isEvent(row) ? best - events.startIndex : events.count
        }
    }

    /// The probability of each label, of one row.
    func probabilities(_ row: ArraySlice<Float>) -> [Float] {
        let events = Self.softmax(row.prefix(eventCount(row.count)))
        guard let last = row.last else { return [] }
        let share: Double
        switch self {
        case .largest, .eventProbability(isPassedTwice: true): return events.map { Float($0) }
        case .eventLogit: share = Self.sigmoid(Double(last))
        case .eventProbability(isPassedTwice: false): share = Double(last)
        }
        return events.map { Float(share * $0) } + [Float(1 - share)]
    }

    /// Names of the columns of scores.
    func columns(_ labels: [String]) -> [String] {
        let names = labels.map { "logit of \($0)" }
        return switch self {
        case .largest: names
        case .eventLogit: names.dropLast() + ["logit of an event"]
        case .eventProbability: names + ["probability of an event"]
        }
    }

    /// The scores of a row that are compared.
    private func eventCount(_ columns: Int) -> Int {
        switch self {
        case .largest: columns
        case .eventLogit, .eventProbability(isPassedTwice: true): columns - 1
        case .eventProbability(isPassedTwice: false): columns - 2
        }
    }

    private func isEvent(_ row: ArraySlice<Float>) -> Bool {
        guard let last = row.last else { return true }
        return switch self {
        case .largest, .eventProbability(isPassedTwice: true): true
        case .eventLogit: last > 0
        case .eventProbability(isPassedTwice: false): last > 0.5
        }
    }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    /// In double precision, so that the shares of any scores add up to one.
    private static func softmax(_ scores: ArraySlice<Float>) -> [Double] {
        let largest = Double(scores.max() ?? 0)
        let exponentials = scores.map { exp(Double($0) - largest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }
}

extension Tensor {
    /// The elements of a row.
    func row(_ index: Int) -> ArraySlice<Float> {
        elements[index * columns..<(index + 1) * columns]
    }
}
