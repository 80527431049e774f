import Foundation
public import Models
import Neural
import Storage
import Synchronization
import Tensors

/// The frozen pass: from frames or log-mel windows to the token states of a backbone.
public struct Encoding: Sendable {
    /// Which input a backbone reads.
    public enum Stream: String, Sendable, CaseIterable {
        case visual
        case audio

        /// The feature it is computed from.
        var input: String { self == .visual ? "frames" : "logmel" }
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
    let configuration: Configuration
    private let cachePath: String

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
        let lock = try cache.lock(
            part: configuration.share.lockName.map { "\(featureName)-\($0)" }, command: command)
        defer { withExtendedLifetime(lock) {} }

        let input = try EncodingInput(cache, configuration.stream)
        try check(input)
        let recipe = try recipe(of: input)
        let feature = cache.feature(featureName)
        try feature.prepare(recipe)
        if configuration.share == .whole { feature.removeUnfinishedShards() }
        try writeFinalNorm(beside: feature)

        let index = try feature.index()
        let clips = try cache.clips()
        let present = clips.filter(input.contains)
        let wanted = Set(
            try present.filter { try index.sourceChecksum(of: $0) != input.checksum(of: $0) })
        let groups = GroupedWork.groups(
            of: clips, share: configuration.share, needsWork: wanted.contains)
        let work = GroupedWork(groups, limit: configuration.limit)
        var summary = StageSummary()
        summary.clips = clips.count
        summary.skipped = present.count - wanted.count
        summary.absent = clips.count - present.count
        summary.reachedLimit = work.count < groups.map(\.clips.count).reduce(0, +)
        report(.started(total: work.count, done: summary.skipped, absent: summary.absent))

        let progress = Mutex((done: 0, published: 0))
        let encoder = ClipEncoder(self, input)
        try work.run(
            on: WorkerPool(threads: configuration.jobs), isCancelled: isCancelled,
            begin: { group in
                try ShardWriter(
                    path: feature.nextShardPath(group: group.number), clips: group.clips,
                    segments: cache.description.segments, arrays: encoder.arrays,
                    provenance: .rows(group.clips.map { try input.checksum(of: $0) ?? 0 }),
                    recipe: recipe)
            },
            process: { clip, row, shard in
                try shard.write(encoder.encode(clip), at: row)
                let done = progress.withLock { progress in
                    progress.done += 1
                    return progress.done
                }
                report(.progressed(done: done, total: work.count))
            },
            finish: { group, shard in
                try shard.finish()
                progress.withLock { $0.published += group.clips.count }
            })

        let (done, published) = progress.withLock { $0 }
        summary.processed = done
        summary.wasCancelled = summary.processed < work.count
        summary.bytes = published * encoder.arrays.map(\.rowSize).reduce(0, +)
        summary.failures = try input.failures(of: clips)
        return summary
    }

    private func check(_ input: EncodingInput) throws(RequestError) {
        let model = backbone.model.configuration
        for layer in configuration.layers where !(0...model.depth ~= layer) {
            throw RequestError(
                description: "cannot encode layer \(layer): backbone \(backbone.name) has layers 0 "
                    + "to \(model.depth)")
        }
        guard !configuration.layers.isEmpty,
            configuration.layers == Set(configuration.layers).sorted()
        else {
            throw RequestError(description: "cannot encode: layers must ascend, each given once")
        }
        if configuration.stream == .visual,
            input.height != model.imageSize || input.width != model.imageSize
        {
            throw RequestError(
                description: "cannot encode frames of \(input.width)×\(input.height): backbone "
                    + "\(backbone.name) reads \(model.imageSize)×\(model.imageSize); extract them "
                    + "with --size \(model.imageSize)")
        }
        let grid = backbone.model.grid(height: input.height, width: input.width)
        guard grid.rows > 0, grid.columns > 0 else {
            throw RequestError(
                description: "cannot encode windows of \(input.height)×\(input.width): a patch of "
                    + "backbone \(backbone.name) has \(model.patchSize)×\(model.patchSize)")
        }
        guard configuration.tokens.fits(grid) else {
            throw RequestError(
                description: "cannot pool tokens to \(configuration.tokens.description): there are "
                    + "\(grid.rows)×\(grid.columns) patches")
        }
    }

    /// Readers of the last layer apply the backbone's final norm themselves.
    private func writeFinalNorm(beside feature: Feature) throws {
        let norm = backbone.model.finalNorm
        try feature.writeCompanion(
            "final-norm.safetensors",
            SafeTensors.encode(
                [("weight", norm.weight), ("bias", norm.bias)],
                metadata: ["epsilon": "\(norm.epsilon)"]))
    }
}
