import Testing

@testable import Models

/// Every option of every method is in a list of changes that are to show in the output.
@Suite struct SwitchCoverageTests {
    typealias Change = (method: String, options: [String: MethodOption])

    private static let withinBlocks: [Change] =
        MethodSwitchTests.all.map { ($0.method.name, $0.change) }
        + SeedMethodBlockTests.switches.map { ($0.without.name, $0.options) }

    private static let besideBlocks: [Change] =
        ClipLadderTests.switches.map { ($0.ladder.name, $0.change) }
        + LadderCatalogTests.switches.map { name, option, value in (name, [option: value]) }

    /// The options that are changed, by method.
    private static func keys(_ changes: [Change]) -> [String: Set<String>] {
        changes.reduce(into: [:]) { $0[$1.method, default: []].formUnion($1.options.keys) }
    }

    static let switched = keys(
        withinBlocks + besideBlocks + HybridTests.switches.map { ($0.method, $0.change) })

    /// Options that do not show in the output of a method whose parameters have moved, and the test of each.
    static let elsewhere: [String: [String: String]] = [
        "lavish": [
            "latents": "where they begin: MethodSwitchTests.latentTokensBeginAsTheOptionSays"
        ],
        "adaptformer": [
            "dropout": "in training alone: MethodSwitchTests.dropoutMattersInTrainingAlone"
        ],
        "copl": [
            "querySource": "needs final states: CoPLStartTests.sourceOfQueriesChangesTheOutput",
            "queryDetach": "in gradients: SeedMethodBlockTests.querysGradientAndPullAreSwitches",
            "pull": "in the penalty: SeedMethodBlockTests.querysGradientAndPullAreSwitches",
        ],
    ]

    private static func missing(
        _ name: String, _ changed: [String: Set<String>], but others: Set<String> = []
    ) throws -> Set<String> {
        try #require(options(name)).subtracting(changed[name] ?? []).subtracting(others)
    }

    static func options(_ name: String) -> Set<String>? {
        MethodCatalog.options(of: name).map { Set($0.keys) }
    }

    @Test(arguments: MethodCatalog.names)
    func everyOptionIsASwitch(name: String) throws {
        let other = Set((Self.elsewhere[name] ?? [:]).keys)
        #expect(try Self.missing(name, Self.switched, but: other).isEmpty)
        // What is said of others is not outdated.
        #expect(other.isDisjoint(with: Self.switched[name] ?? []))
        #expect(
            try other.union(Self.switched[name] ?? []).isSubset(of: #require(Self.options(name))))
    }

    /// Of methods with two forms in each of these, but for what the other form alone has.
    @Test(arguments: [
        (
            "av-pea", ["width"],
            (options("av-pea") ?? []).subtracting(["width", "attention"]).sorted()
        ),
        ("copl", CoPLOptions.ofLadder, CoPLOptions.ofBlocks),
        ("lstta", LSTTAOptions.ofLadder, LSTTAOptions.ofBlocks),
    ])
    func everyOptionIsASwitchOfEachForm(name: String, ofLadder: [String], ofBlocks: [String]) throws
    {
        let other = Set((Self.elsewhere[name] ?? [:]).keys)
        #expect(
            try Self.missing(
                name, Self.keys(Self.withinBlocks), but: other.union(ofLadder)
            ).isEmpty)
        #expect(
            try Self.missing(
                name, Self.keys(Self.besideBlocks), but: other.union(ofBlocks)
            ).isEmpty)
    }
}
