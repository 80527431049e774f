import ArgumentParser
import Datasets
import Foundation
import Neural
import Storage
import Tensors

/// `avprep bench train-cache`: a cache of made-up states, to time what reads caches.
struct TrainCacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-cache",
        abstract: "Make a cache of random token states, to measure reading by.",
        discussion: """
            Two streams of ViT-B's width, layers 3, 6, 9 and 12, ten segments of 50 tokens, in f16: 6 MB a \
            clip. Features are called states-visual and states-audio.
            """)

    @Argument(help: ArgumentHelp("Folder of the new cache.", valueName: "cache"))
    var path: String

    @Option(help: ArgumentHelp("Clips in train.", valueName: "count"))
    var clips = 400

    private static let (segments, tokens, width) = (10, 50, 768)
    private static let (validation, group) = (16, 32)

    func validate() throws {
        guard clips > 0 else { throw ValidationError("--clips must be positive.") }
    }

    func run() throws {
        let names = ["bark", "bell", "horn"]
        let samples = (0..<clips + Self.validation).map { index in
            Sample(
                id: "\(index)", clip: "clip\(index)", split: index < clips ? "train" : "val",
                events: [Event(name: names[index % names.count], start: 2, end: 7)])
        }
        let dataset = Dataset(
            name: "random", samples: samples,
            clips: samples.map { Clip(id: $0.clip, path: "/nowhere") }, vocabulary: names,
            segments: Self.segments, segmentDuration: 1, findings: [])
        let cache = try Cache(path, for: dataset)
        let states = RandomStates(count: Self.segments * Self.tokens * Self.width)
        for stream in ["visual", "audio"] {
            try write(cache.feature("states-\(stream)"), stream, samples.map(\.clip), states)
        }
    }

    private func write(
        _ feature: Feature, _ stream: String, _ clips: [String], _ states: RandomStates
    ) throws {
        let recipe = Recipe([
            "kind": "states", "stream": .string(stream),
            "backbone": [
                "family": "vit", "depth": 12, "configuration": ["epsilon": 1e-6], "specials": 1,
                "pooling": "row:0",
            ],
        ])
        let norm = [
            (name: "weight", value: Tensor(repeating: 1, shape: [Self.width])),
            (name: "bias", value: Tensor(shape: [Self.width])),
        ]
        try feature.prepare(
            recipe,
            companions: ["final-norm.safetensors": Data(SafeTensors.encode(norm))])
        let shape = [Self.segments, Self.tokens, Self.width]
        let arrays = [3, 6, 9, 12].map {
            ArraySpecification("block_\($0 < 10 ? "0" : "")\($0)", .f16, shape: shape)
        }
        for (number, first) in stride(from: 0, to: clips.count, by: Self.group).enumerated() {
            let group = Array(clips[first..<min(first + Self.group, clips.count)])
            let writer = try ShardWriter(
                path: feature.nextShardPath(group: number), clips: group, segments: Self.segments,
                arrays: arrays, provenance: .rows(group.map { _ in 1 }), recipe: recipe)
            for row in group.indices {
                let bytes = arrays.indices.map { layer in
                    states.bytes(number: (first + row) * arrays.count + layer)
                }
                try writer.write(
                    ShardRow(
                        times: (0..<Self.segments).map { Double($0) + 0.5 },
                        valid: Array(repeating: true, count: Self.segments), arrays: bytes),
                    at: row)
            }
            try writer.finish()
        }
    }
}

/// Random halves in −1...1, of which each array has another stretch.
private struct RandomStates {
    private let pool: [UInt16]
    private let count: Int

    init(count: Int) {
        self.count = count
        var generator = SplitMix64(seed: 1)
        pool =
            HalfPrecision.narrow(
                (0..<2 * count).map { _ in
                    Float(Int32(truncatingIfNeeded: generator.next() >> 32)) * 0x1p-31
                }
            ).bits
    }

    func bytes(number: Int) -> [UInt8] {
        let first = number * 7919 % count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * count)
        for half in pool[first..<first + count] {
            bytes.append(UInt8(truncatingIfNeeded: half))
            bytes.append(UInt8(truncatingIfNeeded: half >> 8))
        }
        return bytes
    }
}
