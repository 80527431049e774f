import Neural
import Tensors
import Testing

@testable import Models

@Suite struct MethodCatalogTests {
    private static let base = StreamShape(widths: Array(repeating: 768, count: 12))
    private static let large = StreamShape(widths: Array(repeating: 1024, count: 24))
    private static let baseAtEight = Placement.suffix(8)

    /// Stages as those of Swin V2 and HTS-AT.
    private static func staged(_ width: Int, _ stages: [Int]) -> StreamShape {
        StreamShape(
            widths: stages.enumerated().flatMap { stage, count in
                Array(repeating: width << stage, count: count)
            }, stages: stages, specials: 0, pooling: .mean, patchSide: nil)
    }

    private static func count(
        _ name: String, _ placement: Placement, _ streams: [Models.Stream: StreamShape]
    ) throws -> Int {
        var generator = SplitMix64(seed: 1)
        return try MethodCatalog.make(
            MethodCatalog.Choice(name: name), placement: placement, streams: streams,
            using: &generator
        ).parameters.map(\.value.count).reduce(0, +)
    }

    struct Count: Sendable {
        let method: String
        let placement: Placement
        let streams: [Models.Stream: StreamShape]
        let expected: Int
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
        Count(
            method: "av-pea", placement: .suffix(0),
            streams: [
                .visual: staged(192, [2, 2, 18, 2]), .audio: staged(192, [2, 2, 18, 2]),
            ], expected: 8_073_312),
        Count(
            method: "av-pea", placement: .suffix(0),
            streams: [
                .visual: staged(128, [2, 2, 18, 2]), .audio: staged(128, [2, 2, 18, 2]),
            ], expected: 3_637_376),
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
    ]

    @Test(arguments: counts)
    func parametersAreAsCounted(test: Count) throws {
        #expect(try Self.count(test.method, test.placement, test.streams) == test.expected)
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
        ("linear-probe", .hybrid(.init(below: .all([0]), from: 1)), "use placement head"),
    ])
    func impossibleCombinationIsRefused(name: String, placement: Placement, reason: String) {
        let error = #expect(throws: MethodCatalog.Error.self) {
            try Self.declare(name, placement)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
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
