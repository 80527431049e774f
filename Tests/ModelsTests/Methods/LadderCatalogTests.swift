import Foundation
import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// How side networks begin, how large they are, where they stand, and what their options do.
@Suite struct LadderCatalogTests {
    private static let base = StreamShape(widths: Array(repeating: 768, count: 12))
    private static let large = StreamShape(widths: Array(repeating: 1024, count: 24))
    private static let swin = staged(192, [2, 2, 18, 2])
    private static let htsat = staged(96, [2, 2, 6, 2])

    private static func staged(_ width: Int, _ stages: [Int]) -> StreamShape {
        StreamShape(
            widths: stages.enumerated().flatMap { stage, count in
                Array(repeating: width << stage, count: count)
            }, stages: stages, specials: 0, pooling: .mean, patchSide: nil)
    }

    struct Count: Sendable {
        let method: String
        var options: [String: MethodOption] = [:]
        var taps: [Int] = []
        let visual: StreamShape
        let audio: StreamShape
        let expected: Int
    }

    /// The table of methods.md; layers are the methods' own but for LST's six.
    static let counts = [
        Count(method: "lst", visual: base, audio: base, expected: 1_782_346),
        Count(
            method: "lst", taps: [4, 8, 12, 16, 20, 24], visual: large, audio: large,
            expected: 4_480_782),
        Count(method: "unipt", visual: base, audio: base, expected: 8_860_418),
        Count(
            method: "unipt", options: ["reduction": 8], visual: base, audio: base,
            expected: 2_216_258),
        Count(
            method: "unipt", options: ["reduction": 8], visual: large, audio: large,
            expected: 7_086_850),
        Count(method: "mettle", visual: base, audio: base, expected: 2_006_016),
        Count(method: "mettle", visual: large, audio: large, expected: 5_216_256),
        Count(method: "mettle", visual: swin, audio: htsat, expected: 2_500_992),
        Count(method: "molt", visual: base, audio: base, expected: 918_546),
        Count(method: "molt", visual: large, audio: large, expected: 1_184_786),
        Count(method: "molt", visual: swin, audio: htsat, expected: 1_018_386),
    ]

    @Test(arguments: counts)
    func parametersAreAsCounted(test: Count) throws {
        var generator = SplitMix64(seed: 1)
        let method = try MethodCatalog.make(
            MethodCatalog.Choice(name: test.method, options: test.options),
            placement: .ladder(.all(test.taps)),
            streams: [.visual: test.visual, .audio: test.audio], using: &generator)
        #expect(method.parameters.map(\.value.count).reduce(0, +) == test.expected)
    }

    private static func declare(
        _ name: String, _ placement: Placement, _ streams: [Models.Stream: StreamShape]
    ) throws -> MethodDeclaration {
        try MethodCatalog.declare(
            MethodCatalog.Choice(name: name), placement: placement, streams: streams)
    }

    @Test(arguments: [
        ("lst", [0, 3, 6, 9, 12], [0, 1, 3, 21, 24]),
        ("unipt", Array(0...12), Array(0...24)),
        ("mettle", Array(1...12), Array(0...21) + [23, 24]),
        ("molt", [9, 10, 11, 12], [20, 21, 23, 24]),
    ])
    func layersAreChosenByTheMethod(name: String, plain: [Int], staged: [Int]) throws {
        let declaration = try Self.declare(
            name, .ladder([]), [.visual: Self.base, .audio: Self.swin, .text: Self.base])
        func layers(_ stream: Models.Stream) -> [Int]? {
            declaration.seams[stream]?.filter { $0.tokens == .patches }.map(\.layer)
        }
        #expect(layers(.visual) == plain && layers(.audio) == staged)
        #expect(declaration.seams[.text] == [.init(layer: 12, tokens: .pooled)])
        #expect(declaration.exactness == .exact)
        let final = declaration.seams.compactMapValues { seams in
            seams.first { $0.tokens != .patches }?.tokens
        }
        switch name {
        case "lst": #expect(final[.visual] == .pooled && final[.audio] == .pooled)
        case "unipt": #expect(final[.visual] == .pooled && final[.audio] == .normed)
        default: #expect(final[.visual] == nil && final[.audio] == nil)
        }
    }

    @Test func layersOfARecipeAreThoseThatAreRead() throws {
        let streams: [Models.Stream: StreamShape] = [.visual: Self.base, .audio: Self.swin]
        let placement = Placement.ladder(.each([.visual: [2, 12]]))
        let declaration = try Self.declare("lst", placement, streams)
        #expect(declaration.seams[.visual]?.map(\.layer) == [0, 2, 12, 12])
        #expect(declaration.seams[.audio]?.map(\.layer) == [0, 1, 3, 21, 24, 24])
        let word = try JSONDecoder().decode(Placement.self, from: Data(#""ladder""#.utf8))
        #expect(word == .ladder([]))
        let written = try JSONDecoder().decode(
            Placement.self, from: JSONEncoder().encode(Placement.ladder([])))
        #expect(written == word)
    }

    struct Refusal: Sendable {
        let method: String
        var options: [String: MethodOption] = [:]
        let placement: Placement
        var streams: [Models.Stream: StreamShape] = [.visual: base, .audio: base]
        let reason: String
    }

    static let refusals =
        ["lst", "unipt", "mettle", "molt"].flatMap { name in
            [
                Refusal(
                    method: name, placement: .suffix(8),
                    reason: "it stands beside the blocks and enters none; use placement ladder"),
                Refusal(
                    method: name, placement: .head,
                    reason: "it reads token states of layers; use placement ladder"),
                Refusal(
                    method: name, placement: .hybrid(.init(below: .all([0]), from: 1)),
                    reason: "use placement ladder"),
                Refusal(
                    method: name, placement: .ladder([3, 13]),
                    reason: "placement.ladder has layer 13, and the"),
                Refusal(
                    method: name, placement: .ladder([3, 2]), reason: "in ascending order"),
            ]
        } + [
            Refusal(
                method: "lst", placement: .ladder([0, 6]),
                reason: "it reads layer 0, the embedding, in any case"),
            Refusal(
                method: "lst", placement: .ladder([2, 3]),
                streams: [
                    .audio: StreamShape(
                        widths: [64, 64, 128], stages: [2, 1], specials: 0, pooling: .mean,
                        tokenCounts: [16, 0, 4, 4])
                ],
                reason: "layer 0 has 16 tokens and layer 2 has 4; encode with --tokens grid:RxC"),
            Refusal(
                method: "lst", options: ["reduction": 10], placement: .ladder([]),
                streams: [.visual: StreamShape(widths: [1000])],
                reason: "leaves 100 channels of the visual stream, which 3 heads do not divide"),
            Refusal(
                method: "lst", options: ["variant": "t6"], placement: .ladder([]),
                reason: "method.variant is 't6'; it must be t5 or clip-vil"),
            Refusal(
                method: "unipt", options: ["reduction": 800], placement: .ladder([]),
                reason: "method.reduction is 800, more than the 768 channels of the visual"),
            Refusal(
                method: "mettle", options: ["tokens": 0], placement: .ladder([]),
                reason: "method.tokens is 0"),
            Refusal(
                method: "mettle", placement: .ladder([]), streams: [.text: base],
                reason: "it reads a visual or an audio stream"),
            Refusal(
                method: "molt", placement: .ladder([]), streams: [.visual: base],
                reason: "it joins a visual stream and an audio stream"),
            Refusal(
                method: "molt", placement: .ladder(.each([.visual: [1, 2], .audio: [1]])),
                reason: "lists as many layers of both streams, not 2 and 1"),
            Refusal(
                method: "molt", options: ["orthogonality": -1], placement: .ladder([]),
                reason: "method.orthogonality is -1"),
        ]

    @Test(arguments: refusals)
    func impossibleCombinationIsRefused(test: Refusal) {
        let error = #expect(throws: MethodCatalog.Error.self) {
            var generator = SplitMix64(seed: 1)
            _ = try MethodCatalog.make(
                MethodCatalog.Choice(name: test.method, options: test.options),
                placement: test.placement, streams: test.streams, using: &generator)
        }
        #expect(error?.description.contains(test.reason) == true, "\(error?.description ?? "")")
    }

    /// Norms, shares, tokens and maps begin as documented.
    @Test(arguments: LadderCase.all)
    func parametersBeginAsDocumented(test: LadderCase) throws {
        let linear = Set(try test.make().parameters.filter(\.isLinearMap).map(\.name))
        for parameter in try test.make().parameters {
            let values = parameter.value.elements, name = parameter.name
            let part = name.split(separator: ".").suffix(2)
            if part.first?.hasPrefix("norm") == true {
                #expect(values.allSatisfy { $0 == (part.last == "weight" ? 1 : 0) }, "\(name)")
            } else if part.last == "mix" {
                #expect(values == [0], "\(name)")
            } else if parameter.isLinearMap || part.last == "bias" {
                let weight = name.replacing(".bias", with: ".weight")
                #expect(linear.contains(weight), "\(name)")
                let inputs = try test.make().parameters.first { $0.name == weight }?.value.shape[0]
                let bound = 1 / Float(try #require(inputs)).squareRoot()
                #expect(values.allSatisfy { abs($0) <= bound }, "\(name)")
                guard values.count > 60 else { continue }
                let square = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
                #expect(abs(square / (bound * bound / 3) - 1) < 0.4, "\(name)")
            } else {
                #expect(name.hasSuffix("tokens") || name.hasSuffix("Queries"), "\(name)")
                #expect(values.allSatisfy { abs($0) < 0.1 && $0 != 0 }, "\(name)")
            }
        }
    }

    /// At the start LST is half the frozen state and half its own.
    @Test func untrainedLSTIsHalfTheFrozenBackbone() throws {
        let file = try Reference.tensors("ladders"), test = try LadderCase.named("lst")
        let method = try test.make()
        for parameter in method.parameters
        where parameter.name.contains(".up.") && parameter.name.hasPrefix("out.") {
            parameter.value = Tensor(shape: parameter.value.shape)
        }
        try withTape(recording: false) { tape in
            let states = try test.states(file, on: tape)
            let adapted = method(states)
            for stream in test.streams.streams {
                let frozen = try #require(states[stream]?.final?.value.elements)
                #expect(adapted[stream]?.value.elements == frozen.map { $0 * 0.5 })
            }
        }
    }

    /// The variant of CLIP-ViL is that of T5 without biases and without the frozen state.
    @Test func variantsOfLSTDifferAsPublished() throws {
        let file = try Reference.tensors("ladders"), test = try LadderCase.named("lst")
        let t5 = try test.make(), clip = try test.make(["variant": "clip-vil"])
        let left = Set(t5.parameters.map(\.name)).subtracting(clip.parameters.map(\.name))
        #expect(left.count == 2 * (3 + 1 + 1))
        #expect(left.allSatisfy { $0.hasSuffix(".down.bias") || $0.hasPrefix("out.") })
        for parameter in t5.parameters {
            if let other = clip.parameters.first(where: { $0.name == parameter.name }) {
                other.value = parameter.value
            } else {
                parameter.value = Tensor(shape: parameter.value.shape)
            }
        }
        try withTape(recording: false) { tape in
            let states = try test.states(file, on: tape)
            let (a, b) = (t5(states), clip(states))
            for stream in test.streams.streams {
                let mixed = try #require(a[stream]).value, side = try #require(b[stream]).value
                let final = try #require(states[stream]?.final).value
                let sum = Tensor(
                    zip(side.elements, final.elements).map { ($0 + $1) / 2 }, shape: side.shape)
                #expect(relativeError(mixed, sum) < 1e-6 && relativeError(side, mixed) > 0.1)
            }
        }
    }

    static let switches: [(name: String, option: String, value: MethodOption)] = [
        ("lst", "reduction", 2), ("lst", "variant", "clip-vil"),
        ("unipt", "reduction", 2), ("mettle", "tokens", 2), ("mettle", "width", 5),
        ("mettle", "outputs", 9), ("molt", "tokens", 2), ("molt", "width", 5),
        ("molt", "outputs", 9), ("molt", "orthogonality", 0.1),
    ]

    @Test(arguments: switches)
    func optionChangesTheOutput(name: String, option: String, value: MethodOption) throws {
        let file = try Reference.tensors("ladders"), test = try LadderCase.named(name)
        #expect(MethodCatalog.options(of: test.method)?[option] != nil)
        func output(_ changes: [String: MethodOption]) throws -> Tensor {
            let method = try test.make(changes)
            return try withTape(recording: false) { tape in
                test.flattened(method(try test.states(file, on: tape))).value
            }
        }
        #expect(try output([option: value]) != output([:]))
    }

    /// λ multiplies what is added to the loss, which is 0 for tokens at right angles, and nothing else.
    @Test func orthogonalityIsAPenaltyAlone() throws {
        let file = try Reference.tensors("ladders"), test = try LadderCase.named("molt")
        func adapted(_ weight: Double) throws -> (rows: Tensor?, penalties: [Tensor]) {
            let method = try test.make(["orthogonality": .number(weight)])
            return try withTape(recording: false) { tape in
                let adapted = method(try test.states(file, on: tape))
                return (adapted[.visual]?.value, adapted.penalties.map(\.value))
            }
        }
        let (one, two, none) = try (adapted(0.1), adapted(0.2), adapted(0))
        #expect(one.rows == two.rows && one.rows == none.rows && none.penalties.isEmpty)
        #expect(one.penalties.count == 1 && one.penalties[0].elements[0] > 0.01)
        #expect(abs(two.penalties[0].elements[0] / one.penalties[0].elements[0] - 2) < 1e-6)
    }

    /// Rows of Mettle and MoLT have a width of their own, and a text keeps that of its backbone.
    @Test(arguments: [("lst", 24, 20), ("unipt", 24, 20), ("mettle", 10, 10), ("molt", 10, 10)])
    func widthsAreThoseOfWhatIsReturned(name: String, visual: Int, audio: Int) throws {
        let file = try Reference.tensors("ladders"), test = try LadderCase.named(name)
        let method = try test.make()
        var shapes = test.streams
        shapes[.text] = StreamShape(widths: [48])
        let widths = method.widths(beside: shapes)
        #expect(widths == [.visual: visual, .audio: audio, .text: 48])
        try withTape(recording: false) { tape in
            var states = try test.states(file, on: tape)
            let text = Tensor(repeating: 0.5, shape: [3, 48])
            states[.text] = StreamStates(final: tape.constant(text))
            let adapted = method(states)
            #expect(adapted.pooled.mapValues(\.columns) == widths && adapted[.text]?.value == text)
        }
    }
}
