import Datasets
import Foundation
import TestSupport
import Testing

@testable import Storage

/// Every bit of every committed file counts.
@Suite final class VerificationTests {
    private let folder: TemporaryFolder

    private var path: String { "\(folder.path)/cache" }

    /// A cache of two clips with a file of every kind.
    init() throws {
        folder = try TemporaryFolder()
        let clips = ["--dash", "ünï"]
        let dataset = Dataset(
            name: "two",
            samples: clips.map { Sample(id: $0, clip: $0, split: "train", labels: ["bark"]) },
            clips: clips.map { Clip(id: $0, path: "/nowhere/\($0)") }, vocabulary: ["bark"],
            segments: 2, segmentDuration: 1, findings: [])
        let cache = try Cache(path, for: dataset)
        let feature = cache.feature("frames"), recipe = Recipe(["kind": "frames", "size": 8])
        try feature.prepare(recipe, companions: ["norm.bin": Data([1, 2, 3])])
        let writer = try ShardWriter(
            path: feature.nextShardPath(group: 0), clips: clips, segments: 2,
            arrays: [ArraySpecification("rgb", .u8, shape: [2, 3])],
            provenance: .files(
                clips.map { SourceStamp(path: "\($0).mp4", size: 1, modified: 2, hash: 3) }),
            recipe: recipe)
        for row in clips.indices {
            try writer.write(
                ShardRow(times: [0.5, .nan], valid: [true, false], arrays: [[1, 2, 3, 4, 5, 6]]),
                at: row)
        }
        try writer.finish()
        let failure = ClipFailure(
            clip: "ünï", outcome: "short", message: "cannot take all", isPartial: true, size: 1,
            modified: 2)
        try feature.record(["ünï": failure], order: clips)
        try cache.record(touched: [SourceStamp(path: "a", size: 1, modified: 9, hash: 3)])
        try cache.recordRun(command: "test", started: 0, summary: ["clips": 2])
    }

    private func damages(readingData: Bool = true) throws -> [CacheVerification.Damage] {
        var found: [CacheVerification.Damage] = []
        _ = try CacheVerification(of: path, readingData: readingData) { found.append($0) }
        return found
    }

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(path)/\(name)"))
    }

    /// Verifies with one bit turned over, and turns it back.
    private func damages(
        flipping bit: Int, of name: String
    ) throws -> [CacheVerification.Damage] {
        let whole = try bytes(name)
        var bytes = whole
        bytes[bit / 8] ^= 1 << (bit % 8)
        try bytes.write(to: URL(filePath: "\(path)/\(name)"))
        defer { try? whole.write(to: URL(filePath: "\(path)/\(name)")) }
        return try damages()
    }

    @Test func wholeCacheHasNoDamage() throws {
        #expect(try damages() == [])
    }

    @Test func everyByteOfTheSmallFilesCounts() throws {
        let names = try folder.contents().filter { $0.hasPrefix("cache/") && $0.contains(".") }
            .map { String($0.dropFirst(6)) }.filter { !$0.hasSuffix(".h5") }
        #expect(names.count == 7)
        for name in names {
            for byte in 0..<(try bytes(name).count) {
                let found = try damages(flipping: 8 * byte + byte % 8, of: name)
                #expect(found.first?.file == "\(path)/\(name)", "byte \(byte) of \(name)")
            }
        }
    }

    /// All bytes but zeros, of which there are pages between the arrays, and one in 256 of those.
    @Test func everyByteOfAShardCounts() throws {
        let name = "frames/shard-00000.h5", whole = try bytes(name)
        var generator = SystemRandomNumberGenerator()
        for byte in whole.indices where whole[byte] != 0 || byte.isMultiple(of: 256) {
            let bit = 8 * byte + Int.random(in: 0..<8, using: &generator)
            let found = try damages(flipping: bit, of: name)
            #expect(found.count == 1, "bit \(bit)")
            #expect(found.first?.file == "\(path)/\(name)")
        }
    }

    @Test func damagedDataAreNamedByClipAndArray() throws {
        let name = "frames/shard-00000.h5"
        let pixels = try #require(try bytes(name).range(of: Data([1, 2, 3, 4, 5, 6])))
        let found = try damages(flipping: 8 * (pixels.lowerBound + 7), of: name)
        #expect(found.map(\.clip) == ["ünï"] && found.map(\.arrays) == [["rgb"]])
        #expect(try damages(readingData: false) == [])
    }

    @Test func lostRecipeIsFound() throws {
        try FileManager.default.removeItem(atPath: "\(path)/frames/recipe.json")
        #expect(try damages().map(\.reason) == ["it has shards and no recipe.json"])
    }

    @Test func cutFilesAreFound() throws {
        for name in ["cache.json", "samples.jsonl", "frames/recipe.json", "frames/shard-00000.h5"] {
            let whole = try bytes(name)
            for count in [0, 1, whole.count / 2, whole.count - 1] {
                try whole.prefix(count).write(to: URL(filePath: "\(path)/\(name)"))
                #expect(try damages().first?.file == "\(path)/\(name)", "\(count) of \(name)")
            }
            try whole.write(to: URL(filePath: "\(path)/\(name)"))
        }
    }
}
