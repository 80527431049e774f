import ArgumentParser
import Foundation
import Media
import Pipeline

/// Options of every command that fills a cache.
struct StageOptions: ParsableArguments {
    @Option(
        name: .customLong("jobs"),
        help: ArgumentHelp(
            "Clips worked on at a time (or AVPREP_JOBS; default: one for each core).",
            valueName: "count"))
    var givenJobs: Int?

    @Option(
        name: .customLong("shard"),
        help: ArgumentHelp(
            """
            Do part i of n of the work, counted from 0 (default: SLURM_ARRAY_TASK_ID of \
            SLURM_ARRAY_TASK_COUNT, where these are set).
            """, valueName: "i/n"))
    var givenShare: String?

    @Option(
        help: ArgumentHelp("Clips after which to stop, with exit status 6.", valueName: "count"))
    var limit: Int?

    @Option(
        help: ArgumentHelp(
            "Time after which to stop, with exit status 6: 90s, 30m or 2h.", valueName: "time"))
    var timeBudget: String?

    @Option(
        name: .customLong("lock-wait"),
        help: ArgumentHelp(
            "Wait for a cache that is in use, for ever or so many seconds: --lock-wait[=seconds].",
            valueName: "seconds"))
    var givenLockWait: String?

    @Flag(help: "Begin even if the disk cannot hold what is planned.")
    var noSpaceCheck = false

    func validate() throws {
        if let text = Environment["JOBS"], givenJobs == nil, Int(text) == nil {
            throw ValidationError("AVPREP_JOBS '\(text)' is not a number.")
        }
        guard 1...1024 ~= jobs(orElse: nil) else {
            throw ValidationError("--jobs must lie in 1…1024.")
        }
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be positive.") }
        guard WorkShare(shareText) != nil else {
            throw ValidationError("--shard '\(shareText)' is not i/n with 0 ≤ i < n.")
        }
        if let timeBudget, Self.seconds(timeBudget) == nil {
            throw ValidationError("--time-budget '\(timeBudget)' is not a time such as 90s or 2h.")
        }
        guard lockWait >= 0 else {
            throw ValidationError(
                "--lock-wait '\(givenLockWait ?? "")' is not a number of seconds.")
        }
    }

    /// Clips worked on at a time; a file's wish counts less than flag and environment.
    func jobs(orElse wish: Int?) -> Int {
        givenJobs ?? Environment["JOBS"].flatMap(Int.init) ?? wish
            ?? ProcessInfo.processInfo.activeProcessorCount
    }

    var share: WorkShare { WorkShare(shareText) ?? .whole }

    /// Seconds to wait for a lock; negative if that could not be understood.
    var lockWait: Double {
        guard let givenLockWait else { return 0 }
        guard givenLockWait != Self.always else { return .infinity }
        return Double(givenLockWait).map { $0.isNaN ? -1 : $0 } ?? -1
    }

    /// Seconds that the command may take; nil for any number.
    var budget: Double? { timeBudget.flatMap(Self.seconds) }

    /// What stands for an option that is given without a value, see ``AVPrep/arguments``.
    static let always = "always"

    private var shareText: String {
        let slurm = ProcessInfo.processInfo.environment
        if let givenShare { return givenShare }
        guard let task = slurm["SLURM_ARRAY_TASK_ID"], let count = slurm["SLURM_ARRAY_TASK_COUNT"]
        else { return "0/1" }
        // Arrays may count from any number.
        let first = slurm["SLURM_ARRAY_TASK_MIN"].flatMap { Int($0) } ?? 0
        return "\(Int(task).map { "\($0 - first)" } ?? task)/\(count)"
    }

    /// Reads a number with `s`, `m` or `h`.
    static func seconds(_ text: String) -> Double? {
        guard let match = text.wholeMatch(of: /([0-9]+(?:\.[0-9]+)?)([smh])/),
            let number = Double(match.1)
        else { return nil }
        return number * (["s": 1, "m": 60, "h": 3600][match.2] ?? 1)
    }
}

/// Which failed clips a command tries again.
struct RetryOptions: ParsableArguments {
    @Option(
        name: .customLong("retry-failed"),
        help: ArgumentHelp(
            "Try clips again that failed before, all or those classes: --retry-failed[=kind,…].",
            valueName: "kind,…"))
    var kinds: String?

    func validate() throws {
        for kind in retriedKinds ?? [] where MediaError.Kind(rawValue: kind) == nil {
            let known = MediaError.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError(
                "--retry-failed '\(kind)' is no class of failure (known: \(known)).")
        }
    }

    /// The classes; nil for all.
    private var retriedKinds: Set<String>? {
        guard let kinds, kinds != StageOptions.always else { return nil }
        return Set(kinds.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }

    func apply(to configuration: inout Extraction.Configuration) {
        configuration.retriesFailed = kinds != nil
        configuration.retriedKinds = retriedKinds
    }
}
