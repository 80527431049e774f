import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

@Suite struct CoPLTests {
    private static func plain(_ width: Int, _ depth: Int) -> StreamShape {
        StreamShape(widths: Array(repeating: width, count: depth))
    }

    private static func staged(_ width: Int, _ stages: [Int]) -> StreamShape {
        StreamShape(
            widths: stages.enumerated().flatMap { stage, count in
                Array(repeating: width << stage, count: count)
            }, stages: stages, specials: 0, pooling: .mean, patchSide: nil)
    }

    private static func make(
        _ placement: Placement, _ visual: StreamShape, _ audio: StreamShape,
        _ options: [String: MethodOption] = [:]
    ) throws -> any Models.Method {
        var generator = SplitMix64(seed: 1)
        return try MethodCatalog.make(
            MethodCatalog.Choice(name: "copl", options: options), placement: placement,
            streams: [.visual: visual, .audio: audio], using: &generator)
    }

    struct Count: Sendable {
        let placement: Placement
        let visual: StreamShape
        let audio: StreamShape
        let expected: Int

        /// Parameters of the frozen backbones; one for both streams if they are the same.
        var frozen: Int?
    }

    static let base = plain(768, 12)
    static let large = plain(1024, 24)
    static let swin = staged(192, [2, 2, 18, 2])
    static let htsat = staged(96, [2, 2, 6, 2])

    static let counts = [
        Count(
            placement: .suffix(0), visual: base, audio: base, expected: 947_136,
            frozen: 85_798_656),
        Count(
            placement: .suffix(0), visual: large, audio: large, expected: 2_525_056,
            frozen: 303_301_632),
        Count(
            placement: .suffix(0), visual: swin, audio: swin, expected: 2_282_880,
            frozen: 195_202_932),
        Count(placement: .suffix(0), visual: swin, audio: htsat, expected: 1_094_208),
        Count(placement: .suffix(8), visual: base, audio: base, expected: 393_536),
        Count(
            placement: .ladder([3, 6, 9, 12]), visual: base, audio: base, expected: 2_133_504),
        Count(
            placement: .ladder([6, 12, 18, 24]), visual: large, audio: large, expected: 2_465_792),
        // States of the four widths.
        Count(
            placement: .ladder(.each([.visual: [1, 3, 21, 24], .audio: [1, 3, 9, 12]])),
            visual: swin, audio: htsat, expected: 1_995_456),
    ]

    @Test(arguments: counts)
    func parametersAreAsCounted(test: Count) throws {
        let parameters = try Self.make(test.placement, test.visual, test.audio).parameters
        let count = parameters.map(\.value.count).reduce(0, +)
        #expect(count == test.expected)
        #expect(Set(parameters.map(\.name)).count == parameters.count)
        // About one per cent of the backbones.
        if let frozen = test.frozen {
            #expect(0.008...0.012 ~= Double(count) / Double(frozen))
        }
    }

    /// Prompts that pass a block with the tokens and are dropped behind it are extra keys and values, also where
    /// they stand before the tokens of windows that are shifted, padded, or as large as the map.
    @Test(
        arguments: [SuffixCase.vit] + SuffixCase.windowed + [.padded, .paddedV2],
        ["deep", "shallow"] as [MethodOption])
    func droppedTokensAreExtraKeysAndValues(backbone: SuffixCase, depth: MethodOption) throws {
        func outputs(_ insertion: MethodOption) throws -> ClipMethodCase.Result {
            let test = ClipMethodCase.copl(
                ["insertion": insertion, "depth": depth], on: backbone, from: 0)
            let suffixes = try test.suffixes(from: test.first)
            return ClipMethodCase.run(
                try test.moved(suffixes.mapValues(\.shape)), suffixes,
                try test.states(layer: test.first))
        }
        let prefix = try outputs("frozen-kv"), concatenated = try outputs("concatenated")
        for (stream, rows) in prefix.outputs {
            #expect(relativeError(try #require(concatenated.outputs[stream]), rows) < 1e-5)
        }
        for (name, gradient) in prefix.gradients {
            let error = relativeError(try #require(concatenated.gradients[name]), gradient)
            #expect(error < 1e-4, "\(name): \(error)")
        }
    }

    @Test(arguments: [SuffixCase.vit, .swin])
    func withoutPromptsTheStreamsAreFrozen(backbone: SuffixCase) throws {
        let test = ClipMethodCase.copl(
            ["specific": "off", "interaction": false, "bank": false], on: backbone)
        let suffixes = try test.suffixes(from: test.first)
        let method = try test.fresh(suffixes.mapValues(\.shape))
        #expect(method.parameters.isEmpty)
        let states = try test.states(layer: test.first)
        let frozen = ClipMethodCase.run(FrozenFeatures(), suffixes, states)
        #expect(ClipMethodCase.run(method, suffixes, states).outputs == frozen.outputs)
    }

    /// A high temperature weighs all entries alike; a low one takes the one with the highest score.
    @Test func temperatureDecidesBetweenEntries() throws {
        func rows(_ options: [String: MethodOption]) throws -> (Tensor, Tensor) {
            let method = try Self.make(.suffix(11), Self.base, Self.base, options)
            let bank = try #require((method as? CoPLSuffix)?.banks.first)
            var generator = SplitMix64(seed: 2)
            return withTape { tape in
                func query() -> Variable {
                    tape.constant(.random(shape: [3, 768], using: &generator))
                }
                return (
                    bank(visual: query(), audio: query()).visual[0].value,
                    bank.visual.prompts[0].value
                )
            }
        }
        let (even, entries) = try rows(["temperature": 1e6])
        var mean = Tensor(shape: [1, 5, 768])
        for i in entries.elements.indices { mean.elements[i % 3840] += entries.elements[i] / 20 }
        for row in 0..<3 {
            let own = Array(even.elements[row * 3840..<(row + 1) * 3840])
            #expect(relativeError(Tensor(own, shape: mean.shape), mean) < 1e-4)
        }
        let cold = try rows(["temperature": 1e-5]).0, best = try rows(["selection": "topk"]).0
        #expect(relativeError(cold, best) < 1e-5)
    }

    @Test func promptsBeginAsTheyAreDrawn() throws {
        let method = try Self.make(.suffix(0), Self.base, Self.base)
        func values(_ suffix: String) -> [Float] {
            method.parameters.filter { $0.name.hasSuffix(suffix) }.flatMap(\.value.elements)
        }
        func deviation(_ x: [Float]) -> Float {
            (x.map { $0 * $0 }.reduce(0, +) / Float(x.count)).squareRoot()
        }
        // √(6 / (3 · 16² + 768))
        for kind in ["specific", "prompts"] {
            #expect(values(kind).allSatisfy { abs($0) <= 0.0625 })
            #expect(abs(deviation(values(kind)) - 0.0625 / Float(3).squareRoot()) < 1e-3)
        }
        #expect(abs(deviation(values("shared.interaction")) - 0.25) < 0.02)
        #expect(abs(deviation(values("visual.interaction.weight")) - 0.02) < 1e-3)
        #expect(abs(deviation(values("keys")) - 1 / Float(3).squareRoot()) < 0.01)
        #expect(values("coupling.up.weight").allSatisfy { $0 == 0 })
        #expect(
            values("coupling.down.weight").allSatisfy { abs($0) <= 1 / Float(768).squareRoot() })
        // Rows are no maps, and do not decay; the maps do.
        let still = Set(method.parameters.filter { !$0.decays }.map(\.name))
        #expect(still.contains("block.3.audio.specific") && still.contains("bank.0.visual.keys"))
        #expect(!still.contains("block.3.audio.interaction.weight"))
        let mixed = try Self.make(.suffix(0), Self.swin, Self.htsat)
        let up = mixed.parameters.first { $0.name.hasSuffix("coupling.up.weight") }
        #expect(up?.value.elements.contains { $0 != 0 } == true)
        let normal = mixed.parameters.filter { $0.name.hasSuffix("specific") }
            .flatMap(\.value.elements)
        #expect(abs(deviation(normal) - 0.02) < 1e-3)
    }

    @Test func untrainedLadderIsTheFrozenBackbone() throws {
        let shape = Self.plain(16, 3)
        let method = try Self.make(
            .ladder([1, 3]), shape, shape, ["width": 8, "heads": 2, "bankSize": 3])
        var generator = SplitMix64(seed: 4)
        withTape { tape in
            func constant(_ shape: [Int]) -> Variable {
                tape.constant(.random(shape: shape, using: &generator))
            }
            func states() -> StreamStates {
                StreamStates(
                    taps: (0..<2).map { _ in
                        .init(classToken: constant([2, 16]), patches: constant([2, 4, 16]))
                    }, final: constant([2, 16]))
            }
            let (v, a) = (states(), states())
            let adapted = method([.visual: v, .audio: a])
            #expect(adapted[.visual]?.value == v.final?.value)
            #expect(adapted[.audio]?.value == a.final?.value)
        }
    }

    @Test(
        arguments: [
            (Placement.head, [:], "use placement suffix or ladder"),
            (
                .hybrid(.init(below: .all([0]), from: 1)), [:],
                "no form beside and within the blocks"
            ),
            (.suffix(0), ["width": 64], "method.width is of the ladder"),
            (.suffix(0), ["temperature": 0], "method.temperature is 0; it must be above 0"),
            (
                .suffix(0), ["selected": 21],
                "method.selected is 21; it must be a whole number in 1…20"
            ),
            (.suffix(0), ["bank": "maybe"], "method.bank is 'maybe'; it must be true or false"),
            (
                .suffix(0), ["heads": 3],
                "method.heads is 3; it must be a divisor of method.width, 128"
            ),
            (
                .suffix(0), ["insertion": "concatenated", "promptGate": "tanh"],
                "promptGate is of values"
            ),
            (
                .suffix(.each([.visual: 4, .audio: 12])), [:],
                "blocks of both streams, and those of one alone run"
            ),
            (
                .ladder([3, 12]), ["insertion": "raw-kv"],
                "method.insertion is of prompts within blocks"
            ),
            (
                .ladder([3]), ["specific": false, "interaction": false, "bank": false],
                "all of them are switched off"
            ),
            (
                .ladder(.each([.visual: [3], .audio: [3, 6]])), [:],
                "as many layers of both streams"
            ),
        ] as [(Placement, [String: MethodOption], String)])
    func impossibleCombinationIsRefused(
        placement: Placement, options: [String: MethodOption], reason: String
    ) {
        let error = #expect(throws: MethodCatalog.Error.self) {
            try Self.make(placement, Self.base, Self.base, options)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func windowedBackbonesRefuseWhatTheyHaveNoPlaceFor() {
        for (options, reason) in [
            (
                ["insertion": "concatenated", "promptGate": "tanh"],
                "which insertion concatenated does not show"
            ),
            (["querySource": "frozen-final"], "asks keys of width 1536"),
        ] as [([String: MethodOption], String)] {
            let error = #expect(throws: MethodCatalog.Error.self) {
                try Self.make(.suffix(0), Self.swin, Self.swin, options)
            }
            #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        }
        let alone = #expect(throws: MethodCatalog.Error.self) {
            var generator = SplitMix64(seed: 1)
            _ = try MethodCatalog.make(
                MethodCatalog.Choice(name: "copl"), placement: .suffix(0),
                streams: [.visual: Self.base], using: &generator)
        }
        #expect(alone?.description.contains("a visual stream and an audio stream") == true)
    }

    @Test func queriesOfFinalStatesAreReadFromTheCache() throws {
        let declaration = try MethodCatalog.declare(
            MethodCatalog.Choice(name: "copl", options: ["querySource": "frozen-final"]),
            placement: .suffix(8), streams: [.visual: Self.base, .audio: Self.base])
        #expect(
            declaration.seams[.audio]
                == [.init(layer: 8, tokens: .all), .init(layer: 12, tokens: .pooled)])
        #expect(declaration.title(of: "copl") == "copl@k8")
    }
}
