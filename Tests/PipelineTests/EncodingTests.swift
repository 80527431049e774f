import Datasets
import Foundation
import Media
import Models
import Neural
import Storage
import Tensors
import TestSupport
import Testing

@testable import Pipeline

@Suite struct EncodingTests {
    private let data: AVEFolder
    private let backbone: Backbone

    private var cache: String { "\(data.path)/cache" }

    /// Frames of 64 × 64 and spectrograms of two clips, for the reference ViT of that size.
    init() throws {
        data = try AVEFolder(clips: ["a", "b"])
        try data.makeClip("a", grey: 60)
        try data.makeClip("b", grey: 180, seconds: 1.2)
        backbone = try BackboneCatalog.load(Reference.path("vit-hf"))
        try extract(into: cache)
    }

    private func extract(into cache: String) throws {
        _ = try extraction(into: cache).run(
            command: "test", isCancelled: { false }, report: { _ in })
    }

    private func extraction(
        into cache: String, _ configuration: Extraction.Configuration = .init()
    ) throws -> Extraction {
        let dataset = try DatasetCatalog.read(data.root, as: data.manifest)
        var settings = ExtractionSettings(
            segments: dataset.segments, segmentDuration: dataset.segmentDuration)
        settings.picture.size = PictureSize(width: 64, height: 64)
        return Extraction(dataset, settings, cache: cache, configuration)
    }

    @discardableResult
    private func encode(
        _ stream: Encoding.Stream, _ layers: [Int], _ tokens: TokenSelection = .all,
        _ type: Encoding.NumberType = .f32, jobs: Int = 1
    ) throws -> StageSummary {
        var configuration = Encoding.Configuration(stream: stream, layers: layers, tokens: tokens)
        configuration.numberType = type
        configuration.jobs = jobs
        return try Encoding(backbone, cache: cache, configuration).run(
            command: "test", isCancelled: { false }, report: { _ in })
    }

    private func row(_ feature: String, _ array: String, _ clip: String) throws -> [UInt8] {
        let place = try Cache(opening: cache).feature(feature).index().place(of: clip)
        let (shard, row) = try #require(place)
        return try shard.bytes(of: array, row: row)
    }

    private func floats(_ bytes: [UInt8]) -> [Float] {
        bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    @Test func storedStatesAreTheModels() throws {
        try encode(.visual, [0, 3])
        let picture = Array(try row("frames", "rgb", "a").prefix(64 * 64 * 3))
        let input = BackboneInput.picture(rgb: picture, height: 64, width: 64)
        backbone.model.makeWorker().forEachState(of: input, layers: [0, 3]) { layer, state in
            let stored = try? row("states-vit-hf-visual", "block_0\(layer)", "a")
            #expect(stored.map { Array(floats($0).prefix(state.count)) } == state.elements)
        }
    }

    @Test func segmentsWithoutDataAreZeroAndMarked() throws {
        try encode(.visual, [3])
        let states = floats(try row("states-vit-hf-visual", "block_03", "b"))
        #expect(states.prefix(states.count / 2).contains { $0 != 0 })
        #expect(states.suffix(states.count / 2).allSatisfy { $0 == 0 })
        let place = try Cache(opening: cache).feature("states-vit-hf-visual").index().place(of: "b")
        let (shard, row) = try #require(place)
        #expect(try shard.valid(row: row) == [true, false])
    }

    @Test func halvesAreTheNearest() throws {
        try encode(.audio, [3], .grid(rows: 2, columns: 2))
        let full = floats(try row("states-vit-hf-audio", "block_03", "a"))
        try FileManager.default.removeItem(atPath: "\(cache)/states-vit-hf-audio")
        try encode(.audio, [3], .grid(rows: 2, columns: 2), .f16)
        let bytes = try row("states-vit-hf-audio", "block_03", "a")
        let halves = bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
        #expect(halves == full.map { Float16($0).bitPattern })
        #expect(full.count == 2 * 5 * 64)
    }

    @Test(arguments: [Encoding.Stream.visual, .audio])
    func bytesDoNotDependOnJobs(stream: Encoding.Stream) throws {
        try encode(stream, [1, 3])
        let name = "states-vit-hf-\(stream.rawValue)/shard-00000.h5"
        let serial = try data.files(of: cache)[name]
        try FileManager.default.removeItem(atPath: "\(cache)/states-vit-hf-\(stream.rawValue)")
        try encode(stream, [1, 3], jobs: 3)
        #expect(try data.files(of: cache)[name] == serial)
    }

    @Test func changedFramesMakeStatesStale() throws {
        try encode(.visual, [3])
        #expect(try encode(.visual, [3]).processed == 0)
        try data.makeClip("a", grey: 240)
        try extract(into: cache)
        let before = try row("states-vit-hf-visual", "block_03", "a")
        #expect(try encode(.visual, [3]).processed == 1)
        #expect(try row("states-vit-hf-visual", "block_03", "a") != before)
    }

    @Test func clipsThatAreNotExtractedYetAreMissed() throws {
        try FileManager.default.removeItem(atPath: "\(cache)/frames/failures.jsonl")
        try FileManager.default.removeItem(atPath: data.clip("b"))
        try FileManager.default.removeItem(atPath: cache)
        var configuration = Extraction.Configuration()
        configuration.limit = 1
        _ = try extraction(into: cache, configuration).run(
            command: "test", isCancelled: { false }, report: { _ in })
        let summary = try encode(.visual, [3])
        #expect(summary.absent == 1)
        #expect(summary.failures.map(\.failure.clip) == ["b"])
        #expect(summary.failures.first?.failure.message.contains("run avprep extract") == true)
    }

    @Test func recipeByWhichNothingWasMadeBindsNobody() throws {
        try encode(.visual, [3])
        try FileManager.default.removeItem(atPath: "\(cache)/states-vit-hf-visual/shard-00000.h5")
        #expect(try encode(.visual, [2]).processed == 2)
    }

    @Test func otherLayersAreRefused() throws {
        try encode(.visual, [3])
        let error = #expect(throws: StorageError.self) { try encode(.visual, [2, 3]) }
        #expect(error?.kind == .incompatible)
        let remedy = "use another cache, or remove that folder"
        #expect(error?.reason == "its recipe differs: layers is [2,3], was [3]; \(remedy)")
    }

    @Test(arguments: [
        ([4], TokenSelection.all, "cannot encode layer 4: backbone vit-hf has layers 0 to 3"),
        ([], .all, "cannot encode: layers must ascend, each given once"),
        ([3, 1], .all, "cannot encode: layers must ascend, each given once"),
        ([3], .grid(rows: 5, columns: 2), "cannot pool tokens to grid:5x2: there are 4×4 patches"),
    ])
    func impossibleRequestIsNamed(layers: [Int], tokens: TokenSelection, reason: String) {
        let error = #expect(throws: Encoding.RequestError.self) {
            try encode(.visual, layers, tokens)
        }
        #expect(error?.description == reason)
    }

    /// Those of 64×64, by a backbone whose reference takes no pictures that are not whole patches
    /// of 10×10.
    @Test func framesOfASizeThatTheReferenceRefusesAreRefused() throws {
        let clip = try BackboneCatalog.load(Reference.path("timm-gelu-clip"))
        let configuration = Encoding.Configuration(stream: .visual, layers: [2], tokens: .cls)
        let error = #expect(throws: Encoding.RequestError.self) {
            try Encoding(clip, cache: cache, configuration).run(
                command: "test", isCancelled: { false }, report: { _ in })
        }
        #expect(error?.description.contains("extract them with --size 30") == true)
    }
}
