import Foundation
import Pipeline
import Storage

/// What a comparison says, in words and for scripts.
struct ComparisonReport {
    private let comparison: StateComparison
    private let tolerance: Double?

    init(_ comparison: StateComparison, tolerance: Double?) {
        self.comparison = comparison
        self.tolerance = tolerance
    }

    /// Whether both have the same clips, which differ by no more than was granted.
    var isSame: Bool {
        comparison.isComplete && tolerance.map(comparison.isWithin) != false
    }

    /// A number in few digits, whatever its size.
    private static func words(_ number: Double) -> String {
        number == 0 ? "0" : String(format: "%.3e", number)
    }

    private static func cosine(_ number: Double) -> String { String(format: "%.7f", number) }

    var text: String {
        var lines = [
            "\(comparison.names.a) against \(comparison.names.b), \(comparison.clips) rows"
        ]
        lines += comparison.recipeDifferences.map { "  recipe: \($0)" }
        let columns = [
            "layer", "relative", "worst", "in", "cosine", "worst", "in", "largest", "in",
        ]
        let rows = comparison.layers.map { layer in
            [
                layer.name, Self.words(layer.total.relative),
                layer.worstRelative.map { Self.words($0.value) } ?? "–",
                layer.worstRelative?.clip ?? "–", Self.cosine(layer.total.cosine),
                layer.worstCosine.map { Self.cosine($0.value) } ?? "–",
                layer.worstCosine?.clip ?? "–", Self.words(layer.total.largest),
                layer.worstLargest?.clip ?? "–",
            ]
        }
        let widths = columns.indices.map { column in
            ([columns] + rows).map { $0[column].count }.max() ?? 0
        }
        for row in [columns] + rows {
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            lines.append("  " + cells.joined(separator: "  "))
        }
        lines += differences
        return lines.map { line in
            String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }

    /// What is on one side only.
    private var differences: [String] {
        func line(_ items: [String], _ what: String) -> String? {
            guard let first = items.first else { return nil }
            return "  \(items.count) \(what), such as \(first)"
        }
        return [
            line(comparison.unmatched, "layers are in one only, or have other shapes"),
            line(comparison.onlyInA, "rows are only in \(comparison.names.a)"),
            line(comparison.onlyInB, "rows are only in \(comparison.names.b)"),
            line(comparison.otherTokens, "rows have other valid segments or other tokens"),
        ].compactMap(\.self)
    }

    var json: [JSONValue] {
        let names: [String: JSONValue] = [
            "a": .string(comparison.names.a), "b": .string(comparison.names.b),
        ]
        let layers = comparison.layers.map { layer -> JSONValue in
            var fields: [String: JSONValue] = [
                "type": "item", "layer": .string(layer.name),
                "relative": Self.json(layer.total.relative),
                "cosine": Self.json(layer.total.cosine),
                "largest": Self.json(layer.total.largest),
                "values": .number(Double(layer.total.count)),
            ]
            fields["worst_relative"] = layer.worstRelative.map(Self.json)
            fields["worst_cosine"] = layer.worstCosine.map(Self.json)
            fields["worst_largest"] = layer.worstLargest.map(Self.json)
            return .object(fields.merging(names) { old, _ in old })
        }
        func list(_ items: [String]) -> JSONValue { .array(items.map { .string($0) }) }
        let summary: [String: JSONValue] = [
            "type": "summary", "command": "compare",
            "clips": .number(Double(comparison.clips)),
            "recipe_differences": list(comparison.recipeDifferences),
            "unmatched_layers": list(comparison.unmatched), "only_in_a": list(comparison.onlyInA),
            "only_in_b": list(comparison.onlyInB), "other_tokens": list(comparison.otherTokens),
            "same": .bool(isSame),
        ]
        return layers + [.object(summary.merging(names) { old, _ in old })]
    }

    private static func json(_ worst: StateComparison.Worst) -> JSONValue {
        ["clip": .string(worst.clip), "value": json(worst.value)]
    }

    /// JSON has no infinity and no NaN.
    private static func json(_ number: Double) -> JSONValue {
        number.isFinite ? .number(number) : .string("\(number)")
    }
}
