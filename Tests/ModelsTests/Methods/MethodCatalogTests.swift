import Neural
import Tensors
import Testing

@testable import Models

@Suite struct MethodCatalogTests {
    private static let base = StreamShape(widths: Array(repeating: 768, count: 12))
    private static let large = StreamShape(widths: Array(repeating: 1024, count: 24))

    /// Stages as those of Swin V2 and HTS-AT.
    private static func staged(_ width: Int, _ stages: [Int]) -> StreamShape {
        StreamShape(
            widths: stages.enumerated().flatMap { stage, count in
                Array(repeating: width << stage, count: count)
            }, stages: stages, specials: 0, pooling: .mean, patchSide: nil)
    }

    @Test func pairsOfUnequalDepthsAreThoseOfTheList() throws {
        let pairs = try #require(
            BlockPairs.pairs(Self.staged(192, [2, 2, 18, 2]), Self.staged(96, [2, 2, 6, 2])))
        #expect(pairs.map(\.visual) == [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 22, 23])
        #expect(pairs.map(\.audio) == Array(0..<12))
        let deep = try #require(BlockPairs.pairs(Self.large, Self.base))
        #expect(deep.map(\.visual) == (0..<12).map { 2 * $0 + 1 })
        let odd = StreamShape(widths: Array(repeating: 8, count: 5))
        #expect(BlockPairs.pairs(odd, Self.base) == nil)
    }

    private static func declare(
        _ name: String, _ placement: Placement,
        _ streams: [Models.Stream: StreamShape] = [.visual: base, .audio: base]
    ) throws -> MethodDeclaration {
        try MethodCatalog.declare(choice(name), placement: placement, streams: streams)
    }

    @Test func declarationNamesSeamsAndExactness() throws {
        let whole = try Self.declare("lora", .suffix(0))
        #expect(whole.exactness == .exact && whole.title(of: "lora") == "lora")
        let high = try Self.declare("av-pea", .suffix(8))
        #expect(high.title(of: "av-pea") == "av-pea@k8")
        #expect(high.seams[.visual] == [.init(layer: 8, tokens: .all)])
        let uneven = try Self.declare("lora", .suffix(.each([.visual: 8, .audio: 4])))
        #expect(uneven.title(of: "lora") == "lora@k(visual 8, audio 4)")
        let ladder = try Self.declare("av-pea", .ladder([3, 12]))
        #expect(
            ladder.seams[.audio]
                == [
                    .init(layer: 3, tokens: .patches), .init(layer: 12, tokens: .patches),
                    .init(layer: 12, tokens: .pooled),
                ])
        let hybrid = try Self.declare(
            "dtl", .hybrid(.init(below: .all([0, 1, 2]), from: 3)))
        #expect(hybrid.exactness == .hybrid)
        #expect(hybrid.seams[.visual]?.map(\.layer) == [0, 1, 2, 3])
    }

    @Test(arguments: [
        ("lora", Placement.head, "use placement suffix"),
        ("lora", .suffix(13), "placement.suffix is 13, and the visual backbone has blocks 0 to 11"),
        ("lora", .suffix(.each([.visual: 1])), "says nothing of stream audio"),
        ("vpt-deep", .ladder([1]), "use placement suffix"),
        ("dtl", .suffix(3), "use placement hybrid"),
        (
            "dtl", .hybrid(.init(below: .all([1, 2]), from: 3)),
            "placement.hybrid.below must list 0 to 2"
        ),
        ("av-pea", .ladder([13]), "placement.ladder has layer 13"),
        ("adapter", .ladder([3]), "it stands behind layers of the blocks; use placement suffix"),
        ("adaptformer", .head, "it stands beside layers of the blocks; use placement suffix"),
        ("norm-tuning", .ladder([3]), "it trains norms and biases of the blocks"),
        ("vpt-shallow", .ladder([3]), "pass through the blocks as tokens; use placement suffix"),
        ("lavish", .ladder([3]), "stand within the blocks of both streams; use placement suffix"),
        ("linear-probe", .hybrid(.init(below: .all([0]), from: 1)), "use placement head"),
    ])
    func impossibleCombinationIsRefused(name: String, placement: Placement, reason: String) {
        let error = #expect(throws: MethodCatalog.Error.self) {
            try Self.declare(name, placement)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test(
        arguments: [
            (
                "norm-tuning", ["norms": false], base,
                "method.norms and method.biases are both false"
            ),
            (
                "norm-tuning", ["biases": true],
                StreamShape(
                    widths: Array(repeating: 768, count: 12),
                    affine: AffineSizes(hidden: Array(repeating: 3072, count: 12), isGated: true)),
                "feed-forward networks of the audio backbone are gated"
            ),
            (
                "norm-tuning", ["perStream": false], large,
                "one copy for both streams takes one backbone"
            ),
            (
                "lavish", [:], StreamShape(widths: Array(repeating: 512, count: 12)),
                "768 and 512 wide"
            ),
            ("lavish", [:], StreamShape(widths: Array(repeating: 512, count: 5)), "make no pairs"),
            (
                "lavish", ["batchNorm": "yes"], base,
                "method.batchNorm is 'yes'; it must be true or false"
            ),
            (
                "lavish", ["groups": 5], base,
                "method.groups is 5; it must divide the width 768 and the 96"
            ),
            (
                "av-pea", ["layout": "three"], base,
                "two-per-block or two-per-block-g2 or one-per-block"
            ),
            ("av-pea", ["width": 64], base, "method.width is of the ladder"),
            ("adaptformer", ["dropout": 1], base, "method.dropout is 1.0; it must be less than 1"),
        ] as [(String, [String: MethodOption], StreamShape, String)])
    func impossibleOptionIsRefused(
        name: String, options: [String: MethodOption], audio: StreamShape, reason: String
    ) {
        let error = #expect(throws: MethodCatalog.Error.self) {
            var generator = SplitMix64(seed: 1)
            _ = try MethodCatalog.make(
                MethodCatalog.Choice(name: name, options: options), placement: .suffix(0),
                streams: [.visual: Self.base, .audio: audio], using: &generator)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func ladderHasNoOptionsOfBlocks() {
        let error = #expect(throws: MethodCatalog.Error.self) {
            try MethodCatalog.declare(
                MethodCatalog.Choice(name: "av-pea", options: ["attention": "relay"]),
                placement: .ladder([3]), streams: [.visual: Self.base, .audio: Self.base])
        }
        #expect(error?.description.contains("a ladder has no attention") == true)
    }

    /// What stands for other options gives way to those that are given.
    @Test func layoutSetsWhatIsNotGiven() throws {
        let options = try #require(
            MethodCatalog.options(
                of: "av-pea", given: ["layout": "one-per-block", "bias": true]))
        #expect(options["reduction"] == 8 && options["normOut"] == true)
        let plain = try #require(MethodCatalog.options(of: "av-pea"))
        #expect(plain["reduction"] == 16 && plain["normOut"] == false)
    }

    @Test(arguments: [
        ("lavish", [:] as [String: MethodOption], true),
        ("lavish", ["batchNorm": false], false), ("av-pea", [:], false),
        ("av-pea", ["layout": "one-per-block"], true), ("lora", [:], false),
    ])
    func batchNormCouplesSamples(name: String, options: [String: MethodOption], expected: Bool)
        throws
    {
        let declaration = try MethodCatalog.declare(
            MethodCatalog.Choice(name: name, options: options), placement: .suffix(0),
            streams: [.visual: Self.base, .audio: Self.base])
        #expect(declaration.couplesSamples == expected)
    }

    @Test func optionsAreChecked() {
        func error(_ options: [String: MethodOption]) -> String? {
            let error = #expect(throws: MethodCatalog.Error.self) {
                var generator = SplitMix64(seed: 1)
                _ = try MethodCatalog.make(
                    MethodCatalog.Choice(name: "lora", options: options), placement: .suffix(0),
                    streams: [.visual: Self.base], using: &generator)
            }
            return error?.description
        }
        #expect(error(["ranks": 3]) == "method lora has no option 'ranks' (known: alpha, rank)")
        #expect(error(["rank": 0]) == "method.rank is 0; it must be a whole number in 1…4096")
        #expect(
            error(["alpha": "x"]) == "method.alpha is 'x'; it must be a number that is not negative"
        )
    }

    /// Every method of the catalog says of every placement that it can be trained there, or why not.
    @Test(arguments: MethodCatalog.names)
    func everyMethodDeclaresItself(name: String) throws {
        let placements: [Placement] = [
            .head, .ladder([3, 12]), .suffix(0), .suffix(12),
            .hybrid(.init(below: .all(Array(0..<7)), from: 7)),
        ]
        var trained = 0
        for placement in placements {
            do {
                let declaration = try Self.declare(name, placement)
                #expect(Set(declaration.seams.keys) == [.visual, .audio])
                let names = try Self.names(name, placement)
                #expect(Set(names).count == names.count)
                trained += 1
            } catch let error as MethodCatalog.Error {
                #expect(error.description.hasPrefix("method \(name) cannot be trained there: "))
                // Of a method that is within the blocks, or beside them, and of neither.
                guard !["head", "hybrid"].contains(placement.name) else { continue }
                #expect(error.description.contains("use placement "), "\(error.description)")
            }
        }
        #expect(trained > 0)
    }

    /// A method as it is for two streams.
    private static func choice(_ name: String) -> MethodCatalog.Choice {
        MethodCatalog.Choice(name: name, options: name == "lstta" ? ["language": "off"] : [:])
    }

    private static func names(_ name: String, _ placement: Placement) throws -> [String] {
        var generator = SplitMix64(seed: 1)
        return try MethodCatalog.make(
            choice(name), placement: placement,
            streams: [.visual: base, .audio: base], using: &generator
        ).parameters.map(\.name)
    }
}
