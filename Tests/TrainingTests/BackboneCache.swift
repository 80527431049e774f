import Datasets
import Foundation
import Models
import Neural
import Pipeline
import Storage
import Tensors
import TestSupport

/// A cache whose states the encode pipeline has made, with small backbones, of made-up inputs.
final class BackboneCache {
    let folder: TemporaryFolder
    let samples: [Sample]

    static let segments = 2
    static let side = 64
    static let (frames, bands) = (64, 64)

    var path: String { "\(folder.path)/cache" }
    func cache() throws -> Cache { try Cache(opening: path) }
    func run(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// Makes frames and log-mel windows of clips; samples have texts and answers too.
    ///
    /// A clip's first segment is its event, which shows in the brightness of its frames. Of each clip there
    /// are as many samples as `questions` says.
    init(questions: Int = 1) throws {
        folder = try TemporaryFolder()
        func sample(_ index: Int, _ number: Int) -> Sample {
            let name = index.isMultiple(of: 2) ? "bark" : "bell"
            return Sample(
                id: number == 0 ? "\(index)" : "\(index)-\(number)", clip: "clip\(index)",
                split: index < 7 ? "train" : index < 9 ? "val" : "test",
                events: [Event(name: name, start: 0, end: 1)],
                text: ["what sounds", "how many bells ring"][(index + number) % 2], answer: name)
        }
        samples = (0..<12).map { sample($0, 0) }
        let dataset = Dataset(
            name: "made-up",
            samples: (0..<questions).flatMap { number in
                (0..<12).map { sample($0, number) }
            },
            clips: samples.map { Clip(id: $0.clip, path: "/nowhere") },
            vocabulary: ["bark", "bell"], segments: Self.segments, segmentDuration: 1, findings: [])
        let cache = try Cache(path, for: dataset)
        for (name, array, type, shape) in [
            ("frames", "rgb", ElementType.u8, [Self.segments, Self.side, Self.side, 3]),
            ("logmel", "logmel", .f32, [Self.segments, Self.frames, Self.bands]),
        ] {
            let feature = cache.feature(name), recipe = Recipe(["kind": .string(name)])
            try feature.prepare(recipe)
            let writer = try ShardWriter(
                path: feature.nextShardPath(group: 0), clips: samples.map(\.clip),
                segments: Self.segments, arrays: [ArraySpecification(array, type, shape: shape)],
                provenance: .rows(samples.map { _ in 1 }), recipe: recipe)
            for (row, sample) in samples.enumerated() {
                let bytes =
                    name == "frames"
                    ? (0..<Self.segments).flatMap { Self.pixels(of: sample, $0) }
                    : (0..<Self.segments).flatMap { segment in
                        Self.window(of: sample, segment).elements.withUnsafeBytes { Array($0) }
                    }
                try writer.write(
                    ShardRow(times: [0, 1], valid: [true, true], arrays: [bytes]), at: row)
            }
            try writer.finish()
        }
    }

    /// The picture of a segment.
    static func pixels(of sample: Sample, _ segment: Int) -> [UInt8] {
        let index = Int(sample.id) ?? 0
        var generator = SplitMix64(seed: UInt64(100 * index + segment))
        let level = segment > 0 ? 130 : index.isMultiple(of: 2) ? 220 : 40
        return (0..<side * side * 3).map { _ in
            UInt8(level + Int.random(in: -30...30, using: &generator))
        }
    }

    /// The log-mel window of a segment.
    static func window(of sample: Sample, _ segment: Int) -> Tensor {
        var generator = SplitMix64(seed: UInt64(100 * (Int(sample.id) ?? 0) + segment + 50))
        return .random(in: -1...1, shape: [frames, bands], using: &generator)
    }

    /// Encodes layers of the streams, as `avprep encode` does.
    func encode(
        _ layers: [Int], _ type: Encoding.NumberType = .f16, folder: String = "vit-hf",
        tokens: TokenSelection = .all, text: [Int] = []
    ) throws {
        for (stream, kind) in [
            (Encoding.Stream.visual, BackboneInput.Kind.pictures), (.audio, .spectrograms),
        ] {
            let backbone = try BackboneCatalog.load(Reference.path(folder), reading: kind)
            try encode(backbone, stream, layers, type, tokens)
        }
        guard !text.isEmpty else { return }
        let backbone = try BackboneCatalog.load(Reference.path("bert"), reading: .texts)
        try encode(backbone, .text, text, type, .all)
    }

    private func encode(
        _ backbone: Backbone, _ stream: Encoding.Stream, _ layers: [Int],
        _ type: Encoding.NumberType, _ tokens: TokenSelection
    ) throws {
        var configuration = Encoding.Configuration(stream: stream, layers: layers, tokens: tokens)
        configuration.numberType = type
        _ = try Encoding(backbone, cache: path, configuration).run(
            command: "test", isCancelled: { false }, report: { _ in })
    }
}
