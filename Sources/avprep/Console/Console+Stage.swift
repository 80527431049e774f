import Foundation
import Pipeline
import Storage

extension Console {
    /// Runs a stage on a cache, shows what it reports, and records what it did.
    ///
    /// - Returns: How the stage has ended.
    func run(
        _ name: String, cache: String,
        _ stage: (
            _ isCancelled: @escaping @Sendable () -> Bool,
            _ report: @escaping @Sendable (StageEvent) -> Void
        ) throws -> StageSummary
    ) throws -> Outcome {
        let interruption = Interruption()
        let start = Date()
        let summary = try stage({ interruption.hasHappened }, { self.show($0) })
        let seconds = Date().timeIntervalSince(start)
        let outcome = Outcome(of: summary, interruption)

        let fields = summary.fields.merging([
            "command": .string(name), "seconds": .number(seconds),
            "exit": .number(Double(outcome.rawValue)),
        ]) { old, _ in old }
        if summary.processed > 0 {
            try Cache(opening: cache).recordRun(
                command: name, started: start.timeIntervalSince1970, summary: fields)
        }
        summarise(fields) {
            var words =
                "\(name): \(summary.processed) clips in \(Console.duration(seconds)), "
                + "\(summary.skipped) needed nothing"
            if outcome == .done { words += "; all \(summary.clips) are complete" }
            if !summary.failures.isEmpty {
                words +=
                    "; \(summary.failedClips) of \(summary.clips) lack data (see failures.jsonl)"
            }
            if summary.reachedLimit { words += "; stopped at the limit" }
            if summary.wasCancelled { words += "; interrupted, the same command continues" }
            return words
        }
        return outcome
    }
}

extension StageSummary {
    /// The summary as a script reads it.
    var fields: [String: JSONValue] {
        [
            "clips": .number(Double(clips)), "processed": .number(Double(processed)),
            "skipped": .number(Double(skipped)), "absent": .number(Double(absent)),
            "bytes": .number(Double(bytes)), "publishing_seconds": .number(publishingSeconds),
            "failed": .number(Double(failedClips)), "reached_limit": .bool(reachedLimit),
            "cancelled": .bool(wasCancelled),
            "failures": .array(
                failures.map { feature, failure in
                    [
                        "clip": .string(failure.clip), "feature": .string(feature),
                        "outcome": .string(failure.outcome), "message": .string(failure.message),
                        "partial": .bool(failure.isPartial),
                    ]
                }),
        ]
    }
}
