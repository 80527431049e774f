import Datasets
import Foundation
import Neural
import Storage
import Tensors
import TestSupport

/// A cache of made-up token states, whose labels can be told from them.
final class SyntheticCache {
    let folder: TemporaryFolder
    let dataset: Dataset

    static let width = 8
    static let tokens = 5
    static let segments = 4

    var cachePath: String { "\(folder.path)/cache" }
    func run(_ name: String) -> String { "\(folder.path)/\(name)" }
    func cache() throws -> Cache { try Cache(opening: cachePath) }

    /// Creates the cache.
    ///
    /// The label of a segment shows in its visual states, and nothing in the audio ones.
    ///
    /// Clips in `absent` have no states, and clip `nan` one that is not a number. States are whole
    /// numbers with scales if `isQuantised`.
    init(absent: Set<String> = [], nan: String? = nil, isQuantised: Bool = false) throws {
        folder = try TemporaryFolder()
        let samples = (0..<18).map { index in
            Sample(
                id: "\(index)", clip: "clip\(index)",
                split: index < 10 ? "train" : index < 14 ? "val" : "test",
                events: [Event(name: index.isMultiple(of: 2) ? "bark" : "bell", start: 1, end: 3)])
        }
        dataset = Dataset(
            name: "synthetic", samples: samples,
            clips: samples.map { Clip(id: $0.clip, path: "/nowhere") },
            vocabulary: ["bark", "bell"], segments: Self.segments, segmentDuration: 1, findings: [])
        let cache = try Cache("\(folder.path)/cache", for: dataset)
        var generator = SplitMix64(seed: 9)
        for stream in ["visual", "audio"] {
            let feature = cache.feature("states-tiny-\(stream)")
            let recipe = Recipe([
                "kind": "states", "stream": .string(stream),
                "backbone": [
                    "depth": 2, "configuration": ["epsilon": 1e-6], "specials": 1,
                    "pooling": "row:0",
                ],
            ])
            try feature.prepare(recipe)
            let norm = [
                (name: "weight", value: Tensor(repeating: 1, shape: [Self.width])),
                (name: "bias", value: Tensor(shape: [Self.width])),
            ]
            try AtomicFile.write(
                SafeTensors.encode(norm), to: feature.companion("final-norm.safetensors"))
            let clips = samples.filter { !absent.contains($0.clip) }
            let shape = [Self.segments, Self.tokens, Self.width]
            let writer = try ShardWriter(
                path: feature.nextShardPath(group: 0), clips: clips.map(\.clip),
                segments: Self.segments,
                arrays: ["block_01", "block_02"].flatMap { name in
                    isQuantised
                        ? [
                            ArraySpecification(name, .i8, shape: shape),
                            ArraySpecification(
                                "\(name)_scale", .f32, shape: Array(shape.dropLast())),
                        ] : [ArraySpecification(name, .f32, shape: shape)]
                },
                provenance: .rows(clips.map { _ in 1 }), recipe: recipe)
            for (row, sample) in clips.enumerated() {
                var arrays: [[UInt8]] = []
                for _ in 0..<2 {
                    var states = Tensor.random(in: -0.1...0.1, shape: shape, using: &generator)
                    if stream == "visual" { Self.mark(&states, sample) }
                    if sample.clip == nan { states.elements[0] = .nan }
                    guard isQuantised else {
                        arrays.append(states.elements.withUnsafeBytes { Array($0) })
                        continue
                    }
                    let (bytes, scales) = QuantisedRows.narrow(
                        states.elements, columns: Self.width)
                    arrays += [bytes, scales.withUnsafeBytes { Array($0) }]
                }
                try writer.write(
                    ShardRow(
                        times: [0, 1, 2, 3], valid: [true, true, true, true], arrays: arrays),
                    at: row)
            }
            try writer.finish()
        }
    }

    /// Adds 1 to a channel of all tokens of each segment: which one is up to its label.
    private static func mark(_ states: inout Tensor, _ sample: Sample) {
        let event = sample.events[0]
        for segment in 0..<segments {
            let isEvent = event.start <= Double(segment) && Double(segment) < event.end
            let channel = isEvent ? event.name == "bark" ? 0 : 1 : 2
            for token in 0..<tokens {
                states.elements[(segment * tokens + token) * width + channel] += 1
            }
        }
    }
}
