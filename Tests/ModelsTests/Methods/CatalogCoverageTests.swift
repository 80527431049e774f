import Models
import Testing

/// No method of the catalog can be forgotten by the tests that are to hold for all.
@Suite struct CatalogCoverageTests {
    /// What is tested of every method, and the methods of the cases of these tests.
    struct Property: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let names: Set<String>

        init(_ description: String, _ names: [[String]]) {
            testDescription = description
            self.names = Set(names.joined())
        }
    }

    static let properties = [
        Property(
            "it begins as documented",
            [
                MethodCase.sites.map(\.method.name), LadderCase.all.map(\.method),
                HybridCase.all.map(\.method), LSTTATests.starts.map(\.name),
                CoPLStartTests.starts.map(\.name),
            ]),
        Property(
            "its gradients agree with differences",
            [
                MethodCase.sites.map(\.method.name), LadderCase.all.map(\.method),
                HybridCase.all.map(\.method), SeedMethodBlockTests.gradients.map(\.name),
            ]),
        Property(
            "its parameters are as counted",
            [
                MethodCountTests.counts.map(\.method), LadderCatalogTests.counts.map(\.method),
                CoPLTests.counts.map { _ in "copl" }, LSTTATests.counts.map { _ in "lstta" },
            ]),
        Property(
            "it agrees with PyTorch",
            [
                MethodParityTests.cases.map(\.choice.name), InBlockParityTests.cases.map(\.method),
                LadderCase.all.map(\.method), HybridCase.all.map(\.method),
                CoPLLSTTAParityTests.cases.map(\.method),
            ]),
        Property("its switches change the output", [Array(SwitchCoverageTests.switched.keys)]),
    ]

    /// The linear probe has neither parameters nor options.
    static let exempt: Set = ["linear-probe"]

    @Test(arguments: properties)
    func propertyIsTestedOfEveryMethod(property: Property) {
        #expect(property.names == Set(MethodCatalog.names).subtracting(Self.exempt))
    }

    /// Forms beside the blocks, of methods that have one within them, too.
    @Test func laddersOfMethodsWithinBlocksAreTested() {
        let shape = StreamShape(widths: [64, 64, 64])
        let streams: [Models.Stream: StreamShape] = [.visual: shape, .audio: shape, .text: shape]
        let both = MethodCatalog.names.filter { name in
            [Placement.suffix(1), .ladder([1, 3])].allSatisfy { placement in
                let choice = MethodCatalog.Choice(name: name)
                return (try? MethodCatalog.declare(choice, placement: placement, streams: streams))
                    != nil
            }
        }
        #expect(Set(both) == Set(ClipLadderCase.all.map(\.name)))
        #expect(Set(both) == Set(ClipLadderTests.switches.map(\.ladder.name)))
    }

    @Test func linearProbeHasNothingToTest() throws {
        for name in Self.exempt {
            #expect(MethodCatalog.options(of: name)?.isEmpty == true)
        }
        #expect(FrozenFeatures().parameters.isEmpty)
    }
}
