import ArgumentParser
import Datasets
import Foundation
import Pipeline
import Storage

/// `avprep build`: a job file's features, as one command for cron and clusters.
struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Extract and encode what a job file asks for, and only what is missing or stale.",
        discussion: """
            May be run as often as you like, also while another copy runs: that one leaves at once \
            with exit status 11, or waits with --lock-wait. A feature that was made by another \
            recipe is refused with exit status 5 before any work.

            With --quiet it says nothing unless a person is needed: errors are told, and so are \
            failed clips that no earlier run has told of. A limit, a signal, and failures that are \
            known show in the exit status alone. Of several stages the worst counts: signals, then \
            1, 13, 12, 11, 10, 2, 5, 4, 6, 3, 0.
            """)

    @Argument(help: "The job, a YAML file; see manifests/jobs.")
    var job: String

    @OptionGroup var stage: StageOptions

    @OptionGroup var retry: RetryOptions

    @Option(
        help: ArgumentHelp(
            "Where to write how it went, for Prometheus' textfile collector.", valueName: "path"))
    var metricsFile: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let limits = StageLimits(stage)
        var record = BuildRecord(job: job)
        let outcome: Outcome
        do {
            outcome = try build(limits, &record)
        } catch {
            record.outcome = (error as? Outcome) ?? Outcome(for: error)
            // The copy that works writes its own metrics.
            if record.outcome != .locked { try? write(record, limits) }
            throw error  // What went wrong first is what is told.
        }
        record.outcome = outcome
        try write(record, limits)
        if outcome != .done { throw outcome }
    }

    private func write(_ record: BuildRecord, _ limits: StageLimits) throws {
        guard let metricsFile else { return }
        try record.write(
            to: metricsFile, started: limits.started,
            seconds: Date().timeIntervalSince(limits.started))
    }

    private func build(_ limits: StageLimits, _ record: inout BuildRecord) throws -> Outcome {
        let job = try Job(reading: job), console = output.console
        record.cache = job.cache
        let dataset = try job.dataset()
        try AtomicFile.createFolder(job.cache)
        let part = stage.share.lockName.map { "build-\($0)" }
        let lock = try console.waiting(limits) {
            try FolderLock(folder: job.cache, part: part, command: "avprep build \(job.path)")
        }
        defer { withExtendedLifetime(lock) {} }

        var configuration = Extraction.Configuration()
        configuration.jobs = stage.jobs(orElse: job.jobs)
        configuration.share = stage.share
        configuration.isOutOfTime = limits.isOutOfTime
        configuration.launcher = .thisProgram
        retry.apply(to: &configuration)
        // Parts share the cache's lock, and each stage takes that of its part.
        if part == nil { configuration.lock = lock }
        let build = try Build(job, dataset, configuration), plans = try build.plan()
        for plan in plans { try plan.checkRecipes() }
        if !stage.noSpaceCheck {
            try DiskSpace.check(plans.map(\.bytes).reduce(0, +), at: job.cache)
        }
        let outcomes = try run(build, console, limits, &record)
        let outcome = Outcome.worst(outcomes)
        console.summarise(record.fields(outcome)) {
            "build: \(record.processed) clips worked on in \(outcomes.count) of "
                + "\(plans.count) stages, exit status \(outcome.rawValue)"
        }
        return outcome
    }

    /// Runs the stages one after the other, as far as limits let it.
    private func run(
        _ build: Build, _ console: Console, _ limits: StageLimits, _ record: inout BuildRecord
    ) throws -> [Outcome] {
        var left = stage.limit, outcomes: [Outcome] = []
        func goesOn(after summary: StageSummary) -> Bool {
            left = left.map { $0 - summary.processed }
            record.add(summary)
            return !summary.wasCancelled && !summary.reachedLimit
        }
        var extraction = build.extraction
        extraction.configuration.limit = left
        let (outcome, summary) = try console.run(
            "extract", cache: build.job.cache, limits, root: build.job.root,
            { [extraction] in
                try extraction.run(
                    command: "avprep build \(build.job.path)", isCancelled: $0, report: $1)
            })
        outcomes.append(outcome)
        guard goesOn(after: summary) else { return outcomes }
        for var encoding in build.encodings {
            if left == 0 { return outcomes + [.limitReached] }
            encoding.configuration.limit = left
            do {
                let (outcome, summary) = try console.run(
                    "encode", cache: build.job.cache, limits, feature: encoding.featureName,
                    rows: encoding.rows,
                    { [encoding] in
                        try encoding.run(
                            command: "avprep build \(build.job.path)", isCancelled: $0, report: $1)
                    })
                outcomes.append(outcome)
                guard goesOn(after: summary) else { return outcomes }
            } catch {
                // The other features do not depend on this one.
                let outcome = (error as? Outcome) ?? Outcome(for: error)
                if outcome != .interrupted && outcome != .terminated {
                    Console.complain("\(error)", outcome)
                }
                outcomes.append(outcome)
                if outcome == .noSpace || limits.interruption.hasHappened { return outcomes }
            }
        }
        return outcomes
    }
}
