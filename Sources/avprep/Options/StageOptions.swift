import ArgumentParser
import Foundation
import Pipeline

/// Options of every command that fills a cache.
struct StageOptions: ParsableArguments {
    @OptionGroup var cache: CacheOptions

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

    func validate() throws {
        if let text = Environment["JOBS"], givenJobs == nil, Int(text) == nil {
            throw ValidationError("AVPREP_JOBS '\(text)' is not a number.")
        }
        guard 1...1024 ~= jobs else { throw ValidationError("--jobs must lie in 1…1024.") }
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be positive.") }
        guard WorkShare(shareText) != nil else {
            throw ValidationError("--shard '\(shareText)' is not i/n with 0 ≤ i < n.")
        }
    }

    var jobs: Int {
        givenJobs ?? Environment["JOBS"].flatMap(Int.init)
            ?? ProcessInfo.processInfo.activeProcessorCount
    }

    var share: WorkShare { WorkShare(shareText) ?? .whole }

    private var shareText: String {
        let slurm = ProcessInfo.processInfo.environment
        if let givenShare { return givenShare }
        guard let task = slurm["SLURM_ARRAY_TASK_ID"], let count = slurm["SLURM_ARRAY_TASK_COUNT"]
        else { return "0/1" }
        return "\(task)/\(count)"
    }
}
