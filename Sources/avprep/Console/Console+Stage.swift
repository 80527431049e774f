import Foundation
import Pipeline
import Storage

extension Console {
    /// Runs a stage on a cache, shows what it reports, and records what it did.
    ///
    /// - Parameters:
    ///   - name: The command.
    ///   - cache: Folder of the cache.
    ///   - limits: When to stop.
    ///   - root: The data set's folder, for those that later look whether files have changed.
    ///   - feature: What the stage makes, where that is one feature.
    ///   - rows: What it works on.
    ///   - stage: The work.
    /// - Returns: How the stage has ended, and what it did.
    /// - Throws: What the stage throws.
    func run(
        _ name: String, cache: String, _ limits: StageLimits, root: String? = nil,
        feature: String? = nil, rows: RowKind = .clips,
        _ stage: (
            _ isCancelled: @escaping @Sendable () -> Bool,
            _ report: @escaping @Sendable (StageEvent) -> Void
        ) throws -> StageSummary
    ) throws -> (outcome: Outcome, summary: StageSummary) {
        let interruption = limits.interruption, start = Date()
        let known = KnownFailures(of: name, feature: feature, in: cache)
        let summary = try waiting(limits) {
            try stage({ interruption.hasHappened }, { self.show($0, of: rows) })
        }
        let seconds = Date().timeIntervalSince(start)
        let outcome = Outcome(of: summary, interruption)

        var fields = summary.fields.merging([
            "command": .string(name), "seconds": .number(seconds),
            "exit": .number(Double(outcome.rawValue)),
        ]) { old, _ in old }
        fields["feature"] = feature.map { .string($0) }
        // A relative name would mean another folder elsewhere.
        fields["root"] = root.map { .string(URL(filePath: $0).path(percentEncoded: false)) }
        let new = known.new(in: summary)
        showEvenIfQuiet(new.map(\.failure))
        if summary.processed > 0 || !new.isEmpty {
            try Cache(opening: cache).recordRun(
                command: name, started: start.timeIntervalSince1970, summary: fields)
        }
        summarise(fields) { words(name, summary, outcome, seconds) }
        return (outcome, summary)
    }

    /// Calls `body` again while the cache is in use, as long as the user grants.
    func waiting<Result>(_ limits: StageLimits, _ body: () throws -> Result) throws -> Result {
        var hasTold = false
        while true {
            do {
                return try body()
            } catch let error as StorageError where error.kind == .locked {
                let waited = Date().timeIntervalSince(limits.started)
                guard waited < limits.lockWait, !limits.isOutOfTime() else { throw error }
                if let signal = limits.interruption.outcome { throw signal }
                if !hasTold { tell("waiting: \(error)") }
                hasTold = true
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    private func words(
        _ name: String, _ summary: StageSummary, _ outcome: Outcome, _ seconds: Double
    ) -> String {
        var words =
            "\(name): \(summary.processed) \(summary.rows.rawValue) in \(Console.duration(seconds)), "
            + "\(summary.skipped) needed nothing"
        if outcome == .done { words += "; all \(summary.clips) are complete" }
        if !summary.failures.isEmpty {
            words += "; \(summary.failedClips) of \(summary.clips) lack data (see failures.jsonl)"
        }
        if summary.reachedLimit { words += "; stopped at the limit" }
        if summary.wasCancelled { words += "; interrupted, the same command continues" }
        return words
    }
}

/// Failures that an earlier run has told of.
struct KnownFailures {
    private struct Key: Hashable {
        let feature: String
        let clip: String
        let outcome: String
    }

    private let known: Set<Key>

    /// Those of the latest extraction, and of the latest run that did the same.
    init(of command: String, feature: String?, in cache: String) {
        guard let cache = try? Cache(opening: cache) else {
            known = []
            return
        }
        let same = cache.latestRun {
            $0["command"] == .string(command) && $0["feature"] == feature.map { .string($0) }
        }
        let extraction = cache.latestRun { $0["command"] == "extract" }
        known = Set([same, extraction].flatMap { Self.keys(in: $0) })
    }

    private static func keys(in run: [String: JSONValue]?) -> [Key] {
        guard case .array(let failures)? = run?["failures"] else { return [] }
        return failures.compactMap { failure in
            guard case .object(let fields) = failure,
                case .string(let feature)? = fields["feature"],
                case .string(let clip)? = fields["clip"],
                case .string(let outcome)? = fields["outcome"]
            else { return nil }
            return Key(feature: feature, clip: clip, outcome: outcome)
        }
    }

    /// Failures that nobody has been told of.
    func new(in summary: StageSummary) -> [(feature: String, failure: ClipFailure)] {
        summary.failures.filter { feature, failure in
            !known.contains(Key(feature: feature, clip: failure.clip, outcome: failure.outcome))
        }
    }
}

extension StageSummary {
    /// The summary as a script reads it.
    var fields: [String: JSONValue] {
        var fields: [String: JSONValue] = [
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
        if let times {
            fields["computing_seconds"] = .number(times.computing)
            fields["waiting_seconds"] = .number(times.waiting)
            fields["reading_seconds"] = .number(times.reading)
            fields["writing_seconds"] = .number(times.writing)
        }
        return fields
    }
}
