import Foundation
import Synchronization

/// What was tried, how often, and what came of it, by part.
///
/// The full form prints it as a table at the end, and writes it to `AVPREP_TORTURE_REPORT`.
enum TortureReport {
    struct Row: Codable {
        let part: String
        let what: String
        let tried: Int

        /// How often each outcome came.
        let outcomes: [String: Int]
    }

    private static let rows = Mutex<[Row]>([])

    /// Adds a row, and rewrites the file; outcomes that are no counts come with what was tried.
    static func add(
        _ part: String, _ what: String, tried: Int? = nil, _ outcomes: [String: Int]
    ) {
        _ = isPrintedAtTheEnd
        let row = Row(
            part: part, what: what, tried: tried ?? outcomes.values.reduce(0, +),
            outcomes: outcomes)
        let all = rows.withLock { rows in
            rows.append(row)
            return rows
        }
        guard let file = Torture.reportFile else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try? encoder.encode(all).write(to: URL(filePath: file))
    }

    private static let isPrintedAtTheEnd: Void = {
        guard Torture.isFull else { return }
        atexit { TortureReport.print() }
    }()

    private static func print() {
        var lines = ["| part | what | tried | outcomes |", "|---|---|--:|---|"]
        for row in rows.withLock(\.self) {
            let outcomes = row.outcomes.sorted { $0.key < $1.key }
                .map { "\($0.key): \($0.value)" }
            lines.append(
                "| \(row.part) | \(row.what) | \(row.tried) | \(outcomes.joined(separator: ", ")) |"
            )
        }
        Swift.print("\n" + lines.joined(separator: "\n"))
    }
}

/// Outcomes counted by several threads.
final class Tally: Sendable {
    private let counts = Shared<[String: Int]>([:])

    var all: [String: Int] { counts.value }

    func count(_ outcome: String) { counts.change { $0[outcome, default: 0] += 1 } }
}
