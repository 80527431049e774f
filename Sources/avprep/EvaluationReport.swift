import Foundation
import Storage
import Training

extension Evaluation.Result {
    func json(split: String) -> JSONValue {
        let predicted = confusion.predicted
        let classes = labels.indices.map { label -> JSONValue in
            [
                "label": .string(labels[label]),
                rowKey: .number(Double(accuracy.rows[label])),
                "correct": .number(Double(accuracy.correct[label])),
                "predicted": .number(Double(predicted[label])),
            ]
        }
        let rows = confusion.counts.map { JSONValue.array($0.map { .number(Double($0)) }) }
        var fields: [String: JSONValue] = [
            "type": "summary", "command": "evaluate", "split": .string(split),
            "task": .string(task.rawValue), "selection": .string(selection),
            "quirks": .array(quirks.map { .string($0) }),
            "figures": .array(
                figures.map {
                    [
                        "name": .string($0.name), "value": .number($0.value),
                        "count": .number(Double($0.count)),
                    ]
                }),
            "title": .string(title), "parameters": .number(Double(parameters)),
            "accuracy": .number(accuracy.value), "chance": .number(accuracy.chance),
            "interval": [
                "level": .number(interval.level), "low": .number(interval.low),
                "high": .number(interval.high), "resamples": .number(Double(interval.resamples)),
                "seed": .number(Double(interval.seed)),
            ],
            rowKey: .number(Double(accuracy.count)), "samples": .number(Double(samples)),
            "left_out": .number(Double(leftOut)),
            "padded_segments": .number(Double(paddedSegments)), "epoch": .number(Double(epoch)),
            "classes": .array(classes), "confusion": .array(rows),
        ]
        fields["looks"] = looks.map { .number(Double($0)) }
        return .object(fields)
    }

    /// What is counted, in words and as a key.
    private var rowKey: String { task == .avel ? "segments" : "questions" }
    private var rowName: String { task == .avel ? "segment" : "answer" }

    /// Overall accuracy and its interval, then a line for each class.
    func table(split: String) -> String {
        func percent(_ share: Double) -> String { (100 * share).formatted(digits: 2) }
        var lines = [
            "\(title), \(split): \(rowName) accuracy \(percent(accuracy.value)) % of "
                + "\(accuracy.count) \(rowKey) (\(paddedSegments) segments without data), \(samples) samples, "
                + "\(leftOut) left out "
                + "(most frequent label \(percent(accuracy.chance)) %, epoch \(epoch))",
            "\((100 * interval.level).formatted(digits: 0)) % interval \(percent(interval.low)) … "
                + "\(percent(interval.high)) %, from \(interval.resamples) draws of clips with seed "
                + "\(interval.seed)",
        ]
        if selection == "test" {
            lines.append(
                "the epoch was selected on test, as published codes do: no figure of unseen data")
        }
        if !quirks.isEmpty { lines.append("quirks: \(quirks.joined(separator: ", "))") }
        if let looks {
            lines.append(
                "test has been looked at \(looks == 1 ? "once" : "\(looks) times")"
                    + (selection == "test" ? ", beside every epoch of training" : ""))
        }
        for figure in figures {
            lines.append("  \(figure.name)  \(percent(figure.value)) % of \(figure.count)")
        }
        for label in labels.indices {
            let (found, all) = (accuracy.correct[label], accuracy.rows[label])
            let share = all == 0 ? "–" : percent(Double(found) / Double(all))
            lines.append("  \(padded(labels[label]))  \(share) % of \(all)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Which labels were taken for which, or where to find it if the table is wider than a terminal.
    var confusionTable: String {
        let numbers = labels.indices.map { "\($0 + 1)" }
        let largest = confusion.counts.flatMap { $0 }.max() ?? 0
        let column = max("\(largest)".count, numbers.last?.count ?? 0) + 1
        let margin = (numbers.last?.count ?? 0) + 2 + nameWidth
        guard margin + column * labels.count + 2 <= 120 else {
            return mostConfused
        }
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        var lines = [
            "confusion: a row for each true label, a column for each that was given",
            String(repeating: " ", count: margin + 2) + numbers.map { right($0, column) }.joined(),
        ]
        for (label, row) in confusion.counts.enumerated() {
            let number = right(numbers[label], numbers[numbers.count - 1].count)
            let cells = row.map { right($0 == 0 ? "·" : "\($0)", column) }.joined()
            lines.append("  \(number)  \(padded(labels[label]))\(cells)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The labels that were most often taken for others, where a table would be too wide.
    private var mostConfused: String {
        let pairs = labels.indices.flatMap { label in
            labels.indices.compactMap { given in
                let count = confusion.counts[label][given]
                return label == given || count == 0 ? nil : (label, given, count)
            }
        }.sorted { $0.2 > $1.2 }.prefix(12)
        let lines =
            [
                "confusion of \(labels.count) labels, the most frequent; all with --confusion or --json"
            ]
            + pairs.map { label, given, count in
                "  \(padded(labels[label]))  taken for \(padded(labels[given]))  \(count) of "
                    + "\(accuracy.rows[label])"
            }
        return lines.map { $0 + "\n" }.joined()
    }

    private var nameWidth: Int { labels.map(\.count).max() ?? 0 }

    private func padded(_ label: String) -> String {
        label + String(repeating: " ", count: nameWidth - label.count)
    }
}
