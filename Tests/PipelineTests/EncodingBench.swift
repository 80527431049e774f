import Datasets
import Foundation
import Neural
import Storage
import Tensors
import TestSupport

@testable import Models
@testable import Pipeline

/// A cache of made-up frames and texts, and stand-ins to encode them with.
final class EncodingBench {
    private let folder: TemporaryFolder

    /// Clips have three segments of pictures of 2 × 4; of clip `c1` the last has no data.
    static let segments = 3
    static let (height, width) = (2, 4)

    var path: String { "\(folder.path)/cache" }

    /// Creates the cache; samples have texts if any are given.
    init(clips: Int = 5, texts: [String?] = []) throws {
        folder = try TemporaryFolder()
        try setSamples(clips: clips, texts: texts)
        guard clips > 0 else { return }
        let feature = try cache().feature("frames"), recipe = Recipe(["kind": "frames"])
        try feature.prepare(recipe)
        for start in stride(from: 0, to: clips, by: 32) {
            let rows = start..<min(start + 32, clips)
            let writer = try ShardWriter(
                path: feature.nextShardPath(group: start / 32), clips: rows.map { "c\($0)" },
                segments: Self.segments,
                arrays: [
                    ArraySpecification(
                        "rgb", .u8, shape: [Self.segments, Self.height, Self.width, 3])
                ], provenance: .rows(rows.map { _ in 1 }), recipe: recipe)
            for clip in rows {
                try writer.write(
                    ShardRow(
                        times: [0, 1, 2], valid: [true, true, clip != 1],
                        arrays: [pixels(of: clip)]), at: clip - start)
            }
            try writer.finish()
        }
    }

    /// Replaces the sample list.
    func setSamples(clips: Int, texts: [String?] = []) throws {
        let samples = (0..<max(clips, texts.count)).map { index in
            Sample(
                id: "\(index)", clip: "c\(index % max(clips, 1))", split: "train",
                text: index < texts.count ? texts[index] : nil)
        }
        let ids = Set(samples.map(\.clip)).sorted()
        _ = try Cache(
            path,
            for: Dataset(
                name: "bench", samples: samples,
                clips: ids.map { Clip(id: $0, path: "/nowhere") }, vocabulary: [],
                segments: Self.segments, segmentDuration: 1, findings: []))
    }

    func cache() throws -> Cache { try Cache(opening: path) }

    func pixels(of clip: Int) -> [UInt8] {
        var generator = SplitMix64(seed: UInt64(clip) + 1)
        return (0..<Self.segments * Self.height * Self.width * 3).map { _ in
            .random(in: 0...255, using: &generator)
        }
    }

    /// A segment of a clip as a backbone reads it.
    func picture(_ clip: Int, _ segment: Int) -> BackboneInput {
        let size = Self.height * Self.width * 3
        return .picture(
            rgb: Array(pixels(of: clip)[segment * size..<(segment + 1) * size]),
            height: Self.height, width: Self.width)
    }

    /// Words become the numbers of their letters, of which a backbone reads six, behind the token 100.
    static let reading = TextReading(identity: { "words" }, maximum: 6) { text in
        let ids = [100] + text.split(separator: " ").map(\.count)
        return TokenizedText(ids: Array(ids.prefix(6)), isTruncated: ids.count > 6)
    }

    func encoding(
        _ stream: Encoding.Stream = .visual, _ layers: [Int] = [0, 2],
        _ tokens: TokenSelection = .all, _ type: Encoding.NumberType = .f32,
        of model: any FrozenBackbone = StandInBackbone(), name: String = "stand-in", jobs: Int = 1,
        limit: Int? = nil, share: WorkShare = .whole,
        isOutOfTime: @escaping @Sendable () -> Bool = { false }
    ) -> Encoding {
        let backbone = Backbone(
            name: name, family: "stand-in", convention: "builtin", weights: [],
            input: stream.kind, compute: .f32, model: model)
        var configuration = Encoding.Configuration(stream: stream, layers: layers, tokens: tokens)
        configuration.numberType = type
        configuration.jobs = jobs
        configuration.limit = limit
        configuration.share = share
        configuration.isOutOfTime = isOutOfTime
        return Encoding(backbone, cache: path, configuration, reading: Self.reading)
    }

    func bytes(_ feature: String, _ array: String, _ key: String) throws -> [UInt8] {
        guard let (shard, row) = try cache().feature(feature).index().place(of: key) else {
            throw CocoaError(.fileNoSuchFile)
        }
        return try shard.bytes(of: array, row: row)
    }

    func numbers<Number>(
        _ feature: String, _ array: String, _ key: String, as: Number.Type = Number.self
    ) throws -> [Number] {
        try bytes(feature, array, key).withUnsafeBytes { Array($0.bindMemory(to: Number.self)) }
    }

    /// Bytes of each shard of a feature, by name.
    func shards(of feature: String) throws -> [String: Data] {
        var shards: [String: Data] = [:]
        for path in try cache().feature(feature).shardPaths() {
            let url = URL(filePath: path)
            shards[url.lastPathComponent] = try Data(contentsOf: url)
        }
        return shards
    }

    func remove(_ feature: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(feature)")
    }
}

extension Encoding {
    /// Runs with nobody listening.
    @discardableResult
    func run() throws -> StageSummary {
        try run(command: "test", isCancelled: { false }, report: { _ in })
    }
}
