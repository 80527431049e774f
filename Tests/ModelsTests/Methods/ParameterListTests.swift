import Neural
import Tensors
import Testing

@testable import Models

/// The hand-written lists of parameters hold all that a method has.
@Suite struct ParameterListTests {
    /// Every parameter that is stored in a value or in its parts.
    private func stored(in value: Any) -> [ObjectIdentifier: String] {
        if let parameter = value as? Parameter {
            return [ObjectIdentifier(parameter): parameter.name]
        }
        return Mirror(reflecting: value).children.reduce(into: [:]) { found, child in
            found.merge(stored(in: child.value)) { first, _ in first }
        }
    }

    private static let placements: [Placement] = [
        .head, .ladder([1, 4]), .suffix(2), .hybrid(.init(below: .all([0, 1]), from: 2)),
    ]

    /// Each method as it is, and with the switches that have parameters of their own.
    static let choices: [MethodCatalog.Choice] =
        MethodCatalog.names.map { MethodCatalog.Choice(name: $0) }
        + MethodSwitchTests.all.map { .init(name: $0.method.name, options: $0.change) }
        + SeedMethodBlockTests.switches.map { .init(name: $0.without.name, options: $0.options) }
        + LadderCatalogTests.switches.map { .init(name: $0.name, options: [$0.option: $0.value]) }

    /// Audio states as wide as visual ones, and such that maps between the streams are needed.
    @Test(arguments: [64, 32])
    func parametersAreAllThatAreStored(audio: Int) throws {
        func shape(_ width: Int) -> StreamShape {
            StreamShape(widths: Array(repeating: width, count: 4))
        }
        let streams = [
            Models.Stream.visual: shape(64), .audio: shape(audio), .text: shape(64),
        ]
        var made: Set<String> = []
        for choice in Self.choices {
            for placement in Self.placements {
                var generator = SplitMix64(seed: 1)
                guard
                    let method = try? MethodCatalog.make(
                        choice, placement: placement, streams: streams, segments: 3,
                        using: &generator)
                else { continue }
                made.insert(choice.name)
                let listed = method.parameters + method.buffers
                let found = stored(in: method)
                let place = "\(choice.name) \(choice.options) \(placement.name)"
                #expect(
                    Set(found.values) == Set(listed.map(\.name))
                        && Set(found.keys) == Set(listed.map(ObjectIdentifier.init)), "\(place)")
                #expect(Set(listed.map(\.name)).count == listed.count, "\(place)")
                #expect(!method.parameters.isEmpty || choice.name == "linear-probe", "\(place)")
            }
        }
        // LAVISH takes streams of one width.
        #expect(made == Set(MethodCatalog.names).subtracting(audio == 64 ? [] : ["lavish"]))
    }
}
