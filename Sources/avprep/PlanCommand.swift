import ArgumentParser
import Foundation
import Pipeline
import Storage

/// `avprep plan`: what `avprep build` would do, why, and what it would cost.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Print what build would do and why, its bytes and its time; change nothing.",
        discussion: """
            With --cache it plans a training instead: what its recipe reads of the cache, how large the \
            model is, and how much memory it takes.

            Time is measured on a few of the clips, which are decoded in memory, and on one segment \
            of made-up data for each backbone. Exit status: 5 where build would refuse a changed \
            recipe, 12 where the disk cannot hold what is planned, 3 where some clips have no data \
            because they failed before, else 0.
            """)

    @Argument(help: "The job, a YAML file; see manifests/jobs. With --cache, a recipe.")
    var job: String

    @Option(help: ArgumentHelp("The cache that a recipe is trained on.", valueName: "folder"))
    var cache: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "With --cache: override a key of the recipe, such as optimizer.clip=0.5.",
            valueName: "key=value"))
    var overrides: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --cache: clips to leave out, those recorded as failed or those listed in a file.",
            valueName: "failed|file"))
    var leaveOut: String?

    @OptionGroup var retry: RetryOptions

    @Option(
        name: .customLong("jobs"),
        help: ArgumentHelp("Clips that would be worked on at a time.", valueName: "count"))
    var givenJobs: Int?

    @Option(help: ArgumentHelp("Clips to decode for the estimate of time.", valueName: "count"))
    var sample = 4

    @Flag(help: "Print each clip with its reason (always with --json).")
    var clips = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard cache != nil || (overrides.isEmpty && leaveOut == nil) else {
            throw ValidationError("--set and --leave-out are for recipes; give --cache.")
        }
        guard 1...1024 ~= givenJobs ?? 1 else {
            throw ValidationError("--jobs must lie in 1…1024.")
        }
        guard 0...1000 ~= sample else { throw ValidationError("--sample must lie in 0…1000.") }
    }

    func run() throws {
        if let cache { return try planTraining(on: cache) }
        let job = try Job(reading: job)
        var configuration = Extraction.Configuration()
        configuration.launcher = .thisProgram
        retry.apply(to: &configuration)
        let build = try Build(job, job.dataset(), configuration), plans = try build.plan()
        let timings =
            sample == 0
            ? plans.map { _ in nil }
            : try build.timings(of: plans, decoding: sample) { work in
                let start = Date()
                try work()
                return Date().timeIntervalSince(start)
            }
        let jobs = givenJobs ?? job.jobs ?? ProcessInfo.processInfo.activeProcessorCount
        let report = PlanReport(
            plans: plans, timings: timings, jobs: jobs, cache: job.cache,
            free: DiskSpace.free(at: job.cache))
        output.console.print(report.json) { report.text(listingClips: clips) }

        for plan in plans where plan.features.contains(where: { !$0.differences.isEmpty }) {
            throw Outcome.incompatibleCache
        }
        try DiskSpace.check(report.bytes, at: job.cache)
        let hasFailures = plans.flatMap(\.features).contains { !$0.failures.isEmpty }
        if hasFailures { throw Outcome.someInputsFailed }
    }
}
