import Storage
import Training

extension SweepTable {
    /// A line for each setting.
    func text(split: String) -> String {
        func percent(_ share: Double) -> String { (100 * share).formatted(digits: 2) }
        let names = rows.map { ([$0.title] + $0.settings).joined(separator: " ") }
        let width = names.map(\.count).max() ?? 0
        var lines = [
            "\(split): accuracy in %, mean ± deviation over seeds; 95 % interval over clips"
        ]
        for (row, name) in zip(rows, names) {
            let deviation = row.deviation.map { " ± \(percent($0))" } ?? ""
            lines.append(
                "  \(name)\(String(repeating: " ", count: width - name.count))  "
                    + "\(percent(row.mean))\(deviation)  "
                    + "\(percent(row.interval.low))…\(percent(row.interval.high))  "
                    + "\(row.seeds.count) seeds, \(row.parameters) trainable parameters"
                    + (row.selection == "test" ? "; epochs were selected on test" : "")
                    + (row.quirks.isEmpty
                        ? "" : "; quirks: \(row.quirks.joined(separator: ", "))"))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A line for each setting, then a summary.
    func json(split: String) -> [JSONValue] {
        rows.map { row in
            var fields: [String: JSONValue] = [
                "type": "item", "title": .string(row.title),
                "settings": .array(row.settings.map { .string($0) }),
                "seeds": .array(row.seeds.map { .number(Double($0)) }),
                "accuracies": .array(row.accuracies.map { .number($0) }),
                "mean": .number(row.mean), "low": .number(row.interval.low),
                "high": .number(row.interval.high), "level": .number(row.interval.level),
                "resamples": .number(Double(row.interval.resamples)),
                "parameters": .number(Double(row.parameters)),
                "selection": .string(row.selection),
                "quirks": .array(row.quirks.map { .string($0) }),
            ]
            fields["deviation"] = row.deviation.map { .number($0) }
            return .object(fields)
        } + [
            [
                "type": "summary", "command": "sweep", "split": .string(split),
                "runs": .number(Double(rows.map(\.seeds.count).reduce(0, +))),
            ]
        ]
    }
}
