public import Datasets
import Foundation
import Media
import Neural
public import Storage
import Synchronization

/// The pass from media files to frames and log-mel windows.
///
/// Each file is decoded once for both features. What is in the cache already is left alone; what
/// failed is recorded with its reason and tried again only on request, or when the file has changed.
public struct Extraction: Sendable {
    public struct Configuration: Sendable {
        /// Files worked on at a time.
        public var jobs = 1

        public var share = WorkShare.whole

        /// Clips after which to stop, if not at the end.
        public var limit: Int?

        /// Whether clips that failed before are tried again.
        public var retriesFailed = false

        /// The classes of failure that are, such as `timeout`; nil for all.
        public var retriedKinds: Set<String>?

        /// The data set's folder: files are recorded by their paths below it.
        public var root: String?

        /// The cache's lock, where the caller has it already.
        public var lock: FolderLock?

        /// Asked between clips: the run then ends as at a limit, and keeps what it has.
        public var isOutOfTime: @Sendable () -> Bool = { false }

        /// How to start processes that decode; nil to decode in this one.
        public var launcher: WorkerLauncher?

        public init() {}

        func retries(_ outcome: String) -> Bool {
            retriesFailed && retriedKinds?.contains(outcome) != false
        }
    }

    let dataset: Dataset
    let settings: ExtractionSettings
    public var configuration: Configuration
    let cachePath: String

    public init(
        _ dataset: Dataset, _ settings: ExtractionSettings, cache: String,
        _ configuration: Configuration
    ) {
        self.dataset = dataset
        self.settings = settings
        self.configuration = configuration
        cachePath = cache
    }

    /// Fills the cache.
    ///
    /// - Parameters:
    ///   - command: What to tell others that want the cache meanwhile.
    ///   - isCancelled: Asked between clips; what is on disk is whole at every moment.
    ///   - report: Called from several threads.
    /// - Returns: What was done, and every clip that lacks data.
    /// - Throws: ``StorageError`` for the cache, and ``WorkerError`` if there can be no process that
    ///   decodes; a clip's own trouble is a failure in the summary.
    public func run(
        command: String, isCancelled: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (StageEvent) -> Void
    ) throws -> StageSummary {
        for finding in dataset.findings { report(.warning(finding.description)) }
        let cache = try Cache(cachePath, for: dataset)
        let lock =
            try configuration.lock
            ?? cache.lock(part: configuration.share.lockName, command: command)
        defer { withExtendedLifetime(lock) {} }

        let store = ExtractionStore(
            frames: cache.feature("frames"), logMel: cache.feature("logmel"), extraction: self)
        try store.prepare(removingUnfinished: configuration.share == .whole)
        let plan = try ExtractionPlan(self, store)
        try cache.record(touched: plan.touched)
        let groups = GroupedWork.groups(
            of: dataset.clips.map(\.id), share: configuration.share
        ) { plan.needs[$0]?.isEmpty == false }
        let work = GroupedWork(groups, limit: configuration.limit)

        var summary = StageSummary()
        summary.clips = dataset.clips.count
        summary.skipped = dataset.clips.count - plan.needs.count
        summary.reachedLimit = work.count < groups.map(\.clips.count).reduce(0, +)
        let wanted = work.count
        report(.started(total: wanted, done: summary.skipped, absent: 0))

        let clips = Dictionary(uniqueKeysWithValues: dataset.clips.map { ($0.id, $0) })
        let order = dataset.clips.map(\.id)
        let extract = extractor(isCancelled)
        let progress = Mutex((done: 0, bytes: 0, publishing: Duration.zero))
        let publish = { @Sendable (group: GroupedWork.Group, outcomes: ExtractionStore.Group) in
            let start = ContinuousClock.now
            let bytes = try store.publish(group, outcomes.takeAll(), order: order)
            progress.withLock { progress in
                progress.bytes += bytes
                progress.publishing += ContinuousClock.now - start
            }
        }
        let isOutOfTime = configuration.isOutOfTime
        do {
            try work.run(
                on: WorkerPool(threads: configuration.jobs),
                isCancelled: { isCancelled() || isOutOfTime() },
                begin: { _ in ExtractionStore.Group() },
                process: { clip, row, group in
                    guard let clip = clips[clip] else { return }
                    let outcome = try extract(clip, plan.needs[clip.id] ?? [])
                    for (failure, features) in outcome.distinctFailures {
                        report(.failed(failure, features: features.map(\.rawValue)))
                    }
                    for warning in outcome.warnings { report(.warning(warning)) }
                    group.add(outcome, at: row)
                    let done = progress.withLock { progress in
                        progress.done += 1
                        return progress.done
                    }
                    report(.progressed(done: done, total: wanted))
                },
                finish: publish,
                abandon: { group, outcomes in if !isCancelled() { try publish(group, outcomes) } })
        } catch is CancellationError {
            // A clip that took too long for someone who wants to stop counts as not worked on.
        }

        try store.recordFailures(order: order)
        let result = progress.withLock { $0 }
        (summary.processed, summary.bytes) = (result.done, result.bytes)
        summary.publishingSeconds = result.publishing / .seconds(1)
        summary.wasCancelled = summary.processed < wanted && isCancelled()
        summary.reachedLimit =
            summary.reachedLimit || summary.processed < wanted && !isCancelled()
        summary.failures = try store.failures()
        return summary
    }

    /// What turns a clip into its outcome: a process of its own, or this one.
    func extractor(
        _ isCancelled: @escaping @Sendable () -> Bool
    ) -> @Sendable (Clip, Set<ExtractedFeature>) throws -> ClipOutcome {
        guard let launcher = configuration.launcher else {
            let extractor = ClipExtractor(settings)
            return { clip, features in extractor.extract(clip, features) }
        }
        let crew = WorkerCrew(launcher, settings, isCancelled: isCancelled)
        return { clip, features in try crew.extract(clip, features) }
    }
}
