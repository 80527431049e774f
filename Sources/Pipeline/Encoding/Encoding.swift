import Foundation
public import Models
import Neural
public import Storage
import Synchronization
import Tensors

/// The frozen pass: from frames or log-mel windows to the token states of a backbone.
public struct Encoding: Sendable {
    /// Which input a backbone reads.
    public enum Stream: String, Sendable, CaseIterable {
        case visual
        case audio

        /// The feature it is computed from.
        var input: String { extracted.rawValue }
    }

    /// Number type of the cached states.
    public enum NumberType: String, Sendable, CaseIterable {
        case f32
        case f16
    }

    public struct Configuration: Sendable {
        public var stream: Stream

        /// k for the input of block k, the backbone's depth for the output of its last block.
        public var layers: [Int]

        public var tokens: TokenSelection
        public var numberType = NumberType.f16

        /// Clips worked on at a time.
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

    public init(_ backbone: Backbone, cache: String, _ configuration: Configuration) {
        self.backbone = backbone
        self.configuration = configuration
        cachePath = cache
    }

    /// Name of the feature that holds the states.
    public var featureName: String { "states-\(backbone.name)-\(configuration.stream.rawValue)" }

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

        let input = try EncodingInput(cache, configuration.stream)
        try check(input.shape)
        let recipe = try recipe(of: input.shape)
        let feature = cache.feature(featureName)
        try feature.prepare(recipe, companions: companions)
        if configuration.share == .whole { feature.removeUnfinishedShards() }

        let plan = try EncodingPlan(clips: cache.clips(), input: input, done: feature.index())
        let groups = GroupedWork.groups(
            of: plan.clips, share: configuration.share, needsWork: plan.needsWork)
        let work = GroupedWork(groups, limit: configuration.limit)
        var summary = StageSummary()
        summary.clips = plan.clips.count
        summary.skipped = plan.done
        summary.absent = plan.absent
        summary.reachedLimit = work.count < groups.map(\.clips.count).reduce(0, +)
        report(.started(total: work.count, done: summary.skipped, absent: summary.absent))

        let progress = Mutex((done: 0, published: 0))
        let encoder = try ClipEncoder(self, input.shape), isOutOfTime = configuration.isOutOfTime
        try work.run(
            on: WorkerPool(threads: configuration.jobs),
            isCancelled: { isCancelled() || isOutOfTime() },
            begin: { group in
                try EncodedGroup(
                    ShardWriter(
                        path: feature.nextShardPath(group: group.number), clips: group.clips,
                        segments: input.shape.segments, arrays: encoder.arrays,
                        provenance: .rows(group.clips.map { try input.checksum(of: $0) ?? 0 }),
                        recipe: recipe))
            },
            process: { clip, row, group in
                try group.write(encoder.encode(clip, of: input), at: row)
                let done = progress.withLock { progress in
                    progress.done += 1
                    return progress.done
                }
                report(.progressed(done: done, total: work.count))
            },
            finish: { group, encoded in
                try encoded.finish()
                progress.withLock { $0.published += group.clips.count }
            },
            abandon: { _, encoded in
                guard !isCancelled() else { return }
                let count = try encoded.finishPart()
                progress.withLock { $0.published += count }
            })

        let (done, published) = progress.withLock { $0 }
        summary.processed = done
        summary.wasCancelled = done < work.count && isCancelled()
        summary.reachedLimit = summary.reachedLimit || done < work.count && !isCancelled()
        summary.bytes = published * encoder.arrays.map(\.rowSize).reduce(0, +)
        // What other parts have not extracted yet is no failure of this one.
        let share = configuration.share
        summary.failures = try input.failures(
            of: plan.clips.enumerated().filter {
                share.contains(group: $0.offset / GroupedWork.groupSize)
            }.map(\.element))
        return summary
    }

    /// Bytes that a run would write, of what is there to encode.
    public func plannedBytes() throws -> Int {
        let cache = try Cache(opening: cachePath)
        let input = try EncodingInput(cache, configuration.stream)
        try check(input.shape)
        let plan = try EncodingPlan(
            clips: cache.clips(), input: input, done: cache.feature(featureName).index())
        let row = try ClipEncoder(self, input.shape).arrays.map(\.rowSize).reduce(0, +)
        return plan.clips.count(where: plan.needsWork) * row
    }

    func check(_ input: EncodingShape) throws {
        let depth = backbone.model.depth
        for layer in configuration.layers where !(0...depth ~= layer) {
            throw RequestError(
                description: "cannot encode layer \(layer): backbone \(backbone.name) has layers 0 "
                    + "to \(depth)")
        }
        guard !configuration.layers.isEmpty,
            configuration.layers == Set(configuration.layers).sorted()
        else {
            throw RequestError(description: "cannot encode: layers must ascend, each given once")
        }
        for layer in configuration.layers {
            let layout = try backbone.model.layout(
                ofLayer: layer, for: input.size(configuration.stream))
            guard configuration.tokens.fits(layout) else {
                throw RequestError(
                    description: "cannot pool tokens to \(configuration.tokens.description): there "
                        + "are \(layout.rows)×\(layout.columns) patches")
            }
        }
    }

    /// The backbone's final norm as a file: readers of the last layer apply it themselves.
    private var companions: [String: Data] {
        guard let norm = backbone.model.finalNorm else { return [:] }
        return [
            "final-norm.safetensors": SafeTensors.encode(
                [("weight", norm.weight), ("bias", norm.bias)],
                metadata: ["epsilon": "\(norm.epsilon)"])
        ]
    }
}
