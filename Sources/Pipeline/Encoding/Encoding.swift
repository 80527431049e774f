import Foundation
public import Models
public import Storage
import Synchronization

/// The frozen pass: from frames, log-mel windows or texts to the token states of a backbone.
public struct Encoding: Sendable {
    /// Which input a backbone reads.
    public enum Stream: String, Sendable, CaseIterable {
        case visual
        case audio
        case text
    }

    /// Number type of the cached states.
    public enum NumberType: String, Sendable, CaseIterable {
        case f32
        case f16

        /// With a scale for each token.
        case int8
    }

    public struct Configuration: Sendable {
        public var stream: Stream

        /// k for the input of block k, the backbone's depth for the output of its last block.
        public var layers: [Int]

        public var tokens: TokenSelection
        public var numberType = NumberType.f16

        /// Segments or texts computed at a time.
        public var jobs = 1

        public var share = WorkShare.whole

        /// Clips after which to stop, if not at the end.
        public var limit: Int?

        /// The cache's lock, where the caller has it already.
        public var lock: FolderLock?

        /// Asked between clips: the run then ends as at a limit, and keeps what it has.
        public var isOutOfTime: @Sendable () -> Bool = { false }

        public init(stream: Stream, layers: [Int], tokens: TokenSelection) {
            self.stream = stream
            self.layers = layers
            self.tokens = tokens
        }
    }

    /// A request that does not fit the backbone or the cache.
    public struct RequestError: Error, CustomStringConvertible {
        public let description: String
    }

    /// States that the number type of the cache cannot hold.
    public struct OverflowError: Error, CustomStringConvertible {
        public let description: String
    }

    let backbone: Backbone
    public var configuration: Configuration
    let cachePath: String

    /// How the backbone reads texts; nil if it does not.
    let reading: TextReading?

    /// Encodes with a backbone, whose own tokenizer reads texts unless another way is given.
    public init(
        _ backbone: Backbone, cache: String, _ configuration: Configuration,
        reading: TextReading? = nil
    ) {
        self.backbone = backbone
        self.configuration = configuration
        self.reading = reading ?? TextReading(backbone)
        cachePath = cache
    }

    /// Name of the feature that holds the states.
    public var featureName: String {
        configuration.stream == .text
            ? "text-\(backbone.name)" : "states-\(backbone.name)-\(configuration.stream.rawValue)"
    }

    /// What its rows are.
    public var rows: RowKind { configuration.stream == .text ? .texts : .clips }

    /// Rows of a shard, at most; those of texts are small and many.
    var groupSize: Int { rows == .texts ? 256 : GroupedWork.groupSize }

    /// Fills the cache with token states.
    ///
    /// Parameters and errors are those of ``Extraction/run(command:isCancelled:report:)``, and
    /// ``RequestError`` where layers, tokens or the size of the input do not fit the backbone.
    public func run(
        command: String, isCancelled: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (StageEvent) -> Void
    ) throws -> StageSummary {
        let cache = try Cache(opening: cachePath)
        let lock =
            try configuration.lock
            ?? cache.lock(
                part: configuration.share.lockName.map { "\(featureName)-\($0)" }, command: command)
        defer { withExtendedLifetime(lock) {} }

        let source = try source(in: cache)
        if let texts = source as? TextSource, texts.truncated > 0 {
            report(
                .warning(
                    "\(texts.truncated) texts have more tokens than \(backbone.name) reads, and "
                        + "lose the rest"))
        }
        try check(source.shape)
        let recipe = try recipe(of: source.shape)
        try cache.record(weights: backbone.weights)
        let feature = cache.feature(featureName)
        try feature.prepare(recipe, companions: companions)
        if configuration.share == .whole { feature.removeUnfinishedShards() }

        let (plan, groups, work) = try plannedWork(cache, source)
        var summary = StageSummary()
        summary.rows = rows
        summary.clips = plan.keys.count
        summary.skipped = plan.done
        summary.absent = plan.absent
        summary.reachedLimit = work.count < groups.map(\.clips.count).reduce(0, +)
        report(.started(total: work.count, done: summary.skipped, absent: summary.absent))

        let encoder = try StateEncoder(self, source.shape)
        let segments = rows == .texts ? encoder.arrays[0].shape[1] : source.shape.segments
        let line = EncodingLine(self, source, encoder, work, isCancelled: isCancelled)
        let result = try line.run(
            makeShard: { group in
                try ShardWriter(
                    path: feature.nextShardPath(group: group.number), clips: group.clips,
                    segments: segments, hasTimes: rows == .clips, arrays: encoder.arrays,
                    provenance: .rows(group.clips.map { try source.checksum(of: $0) ?? 0 }),
                    recipe: recipe)
            }, report: { report(.progressed(done: $0, total: work.count)) })

        summary.processed = result.written
        summary.times = result.times
        summary.wasCancelled = result.written < work.count && isCancelled()
        summary.reachedLimit =
            summary.reachedLimit || result.written < work.count && !isCancelled()
        summary.bytes = result.published * encoder.arrays.map(\.rowSize).reduce(0, +)
        // What other parts have not extracted yet is no failure of this one.
        let share = configuration.share
        summary.failures = try source.failures(
            of: plan.keys.enumerated().filter { share.contains(group: $0.offset / groupSize) }
                .map(\.element))
        return summary
    }

    /// What there is to do, in all groups of this run's share, and of that what its limit allows.
    private func plannedWork(
        _ cache: Cache, _ source: any EncodingSource
    ) throws -> (plan: EncodingPlan, groups: [GroupedWork.Group], work: GroupedWork) {
        let plan = try EncodingPlan(
            keys: cache.keys(of: rows), source: source, done: cache.feature(featureName).index())
        let groups = GroupedWork.groups(
            of: plan.keys, size: groupSize, share: configuration.share, needsWork: plan.needsWork)
        return (plan, groups, GroupedWork(groups, limit: configuration.limit))
    }

    /// Bytes that a run would write, of what is there to encode in its share and within its limit.
    public func plannedBytes() throws -> Int {
        let cache = try Cache(opening: cachePath)
        let source = try source(in: cache)
        try check(source.shape)
        let row = try StateEncoder(self, source.shape).arrays.map(\.rowSize).reduce(0, +)
        return try plannedWork(cache, source).work.count * row
    }
}
