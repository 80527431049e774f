import Neural
import Tensors
import Testing

@testable import Models

/// How many parameters methods have.
@Suite struct MethodCountTests {
    private static let base = StreamShape(widths: Array(repeating: 768, count: 12))
    private static let large = StreamShape(widths: Array(repeating: 1024, count: 24))
    private static let baseAtEight = Placement.suffix(8)

    /// Swin V2, with its norms in merging and behind the blocks.
    private static func swinV2(_ width: Int) -> StreamShape {
        let stages = [2, 2, 18, 2]
        let widths = stages.enumerated().flatMap { stage, count in
            Array(repeating: width << stage, count: count)
        }
        var merging = Array(repeating: 0, count: widths.count)
        for start in [2, 4, 22] { merging[start] = widths[start] }
        return StreamShape(
            widths: widths, stages: stages, specials: 0, pooling: .mean, patchSide: nil,
            affine: AffineSizes(
                hidden: widths.map { 4 * $0 }, merging: merging, hasKeyBias: false))
    }

    struct Count: Sendable {
        let method: String
        let placement: Placement
        let streams: [Models.Stream: StreamShape]
        let expected: Int
        var options: [String: MethodOption] = [:]
    }

    /// The counts of methods.md, which are formulas of widths and depths.
    static let counts = [
        Count(
            method: "av-pea", placement: .suffix(0), streams: [.visual: large, .audio: large],
            expected: 12_884_160),
        Count(
            method: "av-pea", placement: .suffix(0), streams: [.visual: base, .audio: base],
            expected: 3_651_936),
        Count(
            method: "av-pea", placement: baseAtEight, streams: [.visual: base, .audio: base],
            expected: 1_217_312),
        inBlocks("av-pea", swinV2(192), 8_073_312),
        inBlocks("av-pea", swinV2(128), 3_637_376),
        Count(method: "lora", placement: .suffix(0), streams: [.visual: base], expected: 294_912),
        Count(method: "lora", placement: .suffix(0), streams: [.visual: large], expected: 786_432),
        Count(
            method: "vpt-deep", placement: .suffix(0), streams: [.audio: base], expected: 92_160),
        Count(
            method: "vpt-deep", placement: .suffix(0), streams: [.audio: large], expected: 245_760),
        Count(
            method: "dtl",
            placement: .hybrid(.init(below: .all(Array(0..<7)), from: 7)),
            streams: [.visual: base, .audio: base], expected: 73_728),
        inBlocks("av-pea", large, 12_890_304, ["layout": "two-per-block-g2"]),
        inBlocks("av-pea", large, 12_890_208, ["layout": "one-per-block"]),
        inBlocks("av-pea", base, 3_654_240, ["layout": "two-per-block-g2"]),
        inBlocks("av-pea", base, 3_654_192, ["layout": "one-per-block"]),
        inBlocks("adapter", base, 2 * 2_379_264),
        inBlocks("adapter", large, 2 * 6_343_680),
        inBlocks("adapter", swinV2(192), 9_318_912),
        inBlocks("adaptformer", base, 2 * 1_189_632),
        inBlocks("adaptformer", large, 2 * 3_171_840),
        inBlocks("adaptformer", swinV2(192), 4_659_456),
        inBlocks("vpt-shallow", base, 2 * 7680),
        inBlocks("vpt-shallow", large, 2 * 10_240),
        inBlocks("vpt-shallow", swinV2(192), 2 * 1920),
        inBlocks("lavish", base, 3_843_168),
        inBlocks("lavish", large, 13_394_112),
        inBlocks("lavish", swinV2(192), 8_447_808),
        inBlocks("lavish", swinV2(128), 3_887_040),
        inBlocks(
            "lavish", swinV2(192), 8_835_264, ["tokens": 64, "groups": 4, "batchNorm": false]),
        Count(
            method: "lavish", placement: baseAtEight, streams: [.visual: base, .audio: base],
            expected: 1_281_056),
        inBlocks("norm-tuning", base, 38_400, ["perStream": false]),
        inBlocks("norm-tuning", base, 2 * 38_400),
        inBlocks("norm-tuning", large, 100_352, ["perStream": false]),
        // Without the norm of the patch embedding, 2 · 192, which is below the first block.
        inBlocks("norm-tuning", swinV2(192), 81_024 - 384, ["perStream": false]),
        // Without the bias of the patch embedding.
        inBlocks(
            "norm-tuning", base, 102_912 - 768,
            ["norms": false, "biases": true, "perStream": false]),
        inBlocks(
            "norm-tuning", large, 272_384 - 1024,
            ["norms": false, "biases": true, "perStream": false]),
        // Without those of the patch embedding, 2 · 192, and of the networks for positions, 512 a block.
        inBlocks(
            "norm-tuning", swinV2(192), 197_376 - 384 - 24 * 512,
            ["norms": false, "biases": true, "perStream": false]),
    ]

    /// In all blocks of two streams with one backbone.
    private static func inBlocks(
        _ method: String, _ shape: StreamShape, _ expected: Int,
        _ options: [String: MethodOption] = [:]
    ) -> Count {
        Count(
            method: method, placement: .suffix(0), streams: [.visual: shape, .audio: shape],
            expected: expected, options: options)
    }

    @Test(arguments: counts)
    func parametersAreAsCounted(test: Count) throws {
        var generator = SplitMix64(seed: 1)
        let method = try MethodCatalog.make(
            MethodCatalog.Choice(name: test.method, options: test.options),
            placement: test.placement, streams: test.streams, using: &generator)
        #expect(method.parameters.map(\.value.count).reduce(0, +) == test.expected)
    }
}
