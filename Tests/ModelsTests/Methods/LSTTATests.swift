import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

@Suite struct LSTTATests {
    private static func plain(_ width: Int, _ depth: Int) -> StreamShape {
        StreamShape(widths: Array(repeating: width, count: depth))
    }

    private static let base = plain(768, 12)
    private static let large = plain(1024, 24)
    private static let three: [Models.Stream: StreamShape] = [
        .visual: base, .audio: base, .text: base,
    ]

    private static func make(
        _ placement: Placement, _ streams: [Models.Stream: StreamShape],
        _ options: [String: MethodOption] = [:]
    ) throws -> any Models.Method {
        var generator = SplitMix64(seed: 1)
        return try MethodCatalog.make(
            MethodCatalog.Choice(name: "lstta", options: options), placement: placement,
            streams: streams, segments: 10, using: &generator)
    }

    struct Count: Sendable {
        let placement: Placement
        let streams: [Models.Stream: StreamShape]
        var options: [String: MethodOption] = [:]
        let expected: Int
    }

    static let counts = [
        Count(placement: .suffix(0), streams: three, expected: 4_521_276),
        Count(
            placement: .suffix(0), streams: [.visual: large, .audio: base, .text: base],
            expected: 4_923_708),
        Count(
            placement: .suffix(11), streams: [.visual: base, .audio: base],
            options: ["language": "off"], expected: 251_268),
        Count(placement: .suffix(11), streams: three, expected: 376_773),
        Count(
            placement: .suffix(11), streams: three, options: ["positions": [11, 12]],
            expected: 2 * 376_773),
        Count(placement: .ladder([3, 6, 9, 12]), streams: three, expected: 3_479_581),
        Count(
            placement: .ladder(
                .each([
                    .visual: [6, 12, 18, 24], .audio: [3, 6, 9, 12], .text: [3, 6, 9, 12],
                ])), streams: [.visual: large, .audio: base, .text: base], expected: 3_645_725),
    ]

    @Test(arguments: counts)
    func parametersAreAsCounted(test: Count) throws {
        let parameters = try Self.make(test.placement, test.streams, test.options).parameters
        #expect(parameters.map(\.value.count).reduce(0, +) == test.expected)
        #expect(Set(parameters.map(\.name)).count == parameters.count)
    }

    static let starts = [
        ClipMethodCase.lstta(), .lstta(["lsfTarget": "stream", "importance": "sigmoid"]),
        .lstta(["language": "off"], on: .swin), .lstta(["positions": [1, 2, 3]]),
    ]

    @Test(arguments: starts)
    func untrainedIsFrozen(test: ClipMethodCase) throws {
        let suffixes = try test.suffixes(from: test.first)
        let states = try test.states(layer: test.first, clips: 2)
        let method = try test.fresh(suffixes.mapValues(\.shape))
        let frozen = ClipMethodCase.run(FrozenFeatures(), suffixes, states)
        #expect(ClipMethodCase.run(method, suffixes, states).outputs == frozen.outputs)
    }

    /// The importances of a stream, of two clips of four segments, two of which have no data.
    private func importances(
        _ options: [String: MethodOption], _ method: (any Models.Method) -> Void = { _ in }
    ) throws -> (s: Tensor, h: Tensor) {
        let shapes = Self.three.mapValues { _ in Self.plain(8, 1) }
        var generator = SplitMix64(seed: 3)
        let made = try MethodCatalog.make(
            MethodCatalog.Choice(name: "lstta", options: options.merging(["width": 4]) { $1 }),
            placement: .suffix(0), streams: shapes, segments: 4, using: &generator)
        method(made)
        let adapter = try #require((made as? LSTTASuffix)?.adapters.first)
        return withTape { tape in
            func constant(_ shape: [Int]) -> Variable {
                tape.constant(.random(shape: shape, using: &generator))
            }
            let valid = tape.constant(Tensor([1, 0, 1, 1, 1, 1, 1, 0], shape: [8]))
            let clips = LSTTAClips(
                [
                    .visual: StreamStates(valid: valid), .audio: StreamStates(),
                    .text: StreamStates(),
                ], rows: 8, segments: 4, text: .row(0), on: tape)
            let h = constant([2, 4, 4])
            let result = adapter.exchange(
                [.visual: h, .audio: constant([2, 4, 4]), .text: constant([2, 3, 4])], in: clips)
            return (result.importance[.visual]?.value ?? Tensor(shape: [0, 0]), h.value)
        }
    }

    /// They have a mean of 1 over the segments with data, and are 1 at the start.
    @Test func importanceIsSharedAmongSegmentsWithData() throws {
        let start = try importances([:]).s
        let expected: [Float] = [1, 0, 1, 1, 1, 1, 1, 0]
        for (s, one) in zip(start.elements, expected) { #expect(abs(s - one) < 1e-6) }
        let moved = try importances([:]) { $0.parameters.forEach(ClipMethodCase.move) }.s
        #expect(moved.elements[1] == 0 && moved.elements[7] == 0)
        for clip in 0..<2 {
            let sum = moved.elements[clip * 4..<(clip + 1) * 4].reduce(0, +)
            #expect(abs(sum - 3) < 1e-5)
        }
        #expect(abs(moved.elements[0] - moved.elements[2]) > 1e-4)
        let sigmoid = try importances(["importance": "sigmoid"]).s
        #expect(sigmoid.elements.allSatisfy { $0 == 1 })
    }

    /// A method whose segments have data throughout, on a map of states.
    private func outputs(
        _ options: [String: MethodOption], segments: Int = 3,
        _ change: (inout Tensor) -> Void = { _ in }
    ) throws -> Tensor {
        var test = ClipMethodCase.lstta(options)
        test.segments = segments
        let suffixes = try test.suffixes(from: test.first)
        var states = try test.states(layer: test.first)
        for stream in [Models.Stream.visual, .audio] {
            states[stream]?.valid = Tensor(repeating: 1, shape: [segments])
            if var state = states[stream]?.state {
                change(&state)
                states[stream]?.state = state
            }
        }
        let method = try test.moved(suffixes.mapValues(\.shape))
        return try #require(ClipMethodCase.run(method, suffixes, states).outputs[.visual])
    }

    private func exchange(_ x: inout Tensor, _ a: Int, _ b: Int) {
        let size = x.count / x.shape[0]
        for i in 0..<size { x.elements.swapAt(a * size + i, b * size + i) }
    }

    /// Without a text and filters, a window of one segment leaves a map of each segment by itself.
    @Test func narrowestWindowMapsSegmentsByThemselves() throws {
        let narrow: [String: MethodOption] = ["language": "off", "lsf": false, "window": 1]
        func isOthersKept(_ options: [String: MethodOption]) throws -> Bool {
            let before = try outputs(options)
            let after = try outputs(options) { state in
                for i in 0..<state.count / state.shape[0] { state.elements[i] += Float(i % 7) / 7 }
            }
            let width = before.columns
            return before.elements[width...] == after.elements[width...]
                && before.elements[..<width] != after.elements[..<width]
        }
        #expect(try isOthersKept(narrow))
        for change in [["lsf": true], ["window": 3]] as [[String: MethodOption]] {
            #expect(try !isOthersKept(narrow.merging(change) { $1 }))
        }
    }

    /// Where windows hold the whole clip, segments have no order.
    @Test func widestWindowHasNoOrder() throws {
        for (window, isOrdered) in [(5, false), (1, true)] {
            let options: [String: MethodOption] = [
                "language": "off", "window": .integer(window), "lsf": false,
            ]
            let plain = try outputs(options)
            var swapped = plain
            exchange(&swapped, 0, 2)
            // Only the visual stream's segments change places in the second case.
            var streams = 0
            let other = try outputs(options) { state in
                defer { streams += 1 }
                if !isOrdered || streams == 0 { exchange(&state, 0, 2) }
            }
            #expect((relativeError(other, swapped) < 1e-5) == !isOrdered)
        }
    }

    /// What has no data is neither read nor changed.
    @Test func segmentsWithoutDataAreNotSeen() throws {
        let test = ClipMethodCase.lstta(["window": 5])
        let suffixes = try test.suffixes(from: test.first)
        var states = try test.states(layer: test.first)
        let method = try test.moved(suffixes.mapValues(\.shape))
        let before = ClipMethodCase.run(method, suffixes, states)
        let frozen = ClipMethodCase.run(FrozenFeatures(), suffixes, states)
        let size = (states[.visual]?.state.count ?? 0) / 3
        for i in size..<2 * size { states[.visual]?.state.elements[i] *= -2 }
        let after = ClipMethodCase.run(method, suffixes, states)
        #expect(after.outputs[.audio] == before.outputs[.audio])
        #expect(after.outputs[.text] == before.outputs[.text])
        let x = try #require(before.outputs[.visual]), y = try #require(frozen.outputs[.visual])
        let rows = x.columns..<2 * x.columns
        #expect(x.elements[rows] == y.elements[rows] && x != y)
    }

    @Test(
        arguments: [
            (Placement.head, [:], "use placement suffix or ladder"),
            (
                .hybrid(.init(below: .all([0]), from: 1)), [:],
                "no form beside and within the blocks"
            ),
            (
                .suffix(0), ["window": 2],
                "method.window is 2; it must be an odd number of segments, or T"
            ),
            (
                .suffix(0), ["heads": 3],
                "method.width is 64; it must be a multiple of method.heads, 3"
            ),
            (.suffix(0), ["sideWidth": 64], "method.sideWidth is of the ladder"),
            (
                .suffix(4), ["positions": [3]],
                "method.positions has 3; adapters can stand at boundaries 4, 5, 6, 7, 8, 9, 10, 11, 12"
            ),
            (.suffix(4), ["positions": [6, 5]], "boundaries in ascending order"),
            (.ladder([3, 12]), ["lsfTarget": "stream"], "method.lsfTarget is of adapters between"),
            (.ladder(.each([.visual: [3], .audio: [3]])), [:], "as many layers of all streams"),
        ] as [(Placement, [String: MethodOption], String)])
    func impossibleCombinationIsRefused(
        placement: Placement, options: [String: MethodOption], reason: String
    ) {
        let error = #expect(throws: MethodCatalog.Error.self) {
            try Self.make(placement, Self.three, options)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func missingTextIsRefusedUnlessItIsSwitchedOff() throws {
        let two: [Models.Stream: StreamShape] = [.visual: Self.base, .audio: Self.base]
        let error = #expect(throws: MethodCatalog.Error.self) { try Self.make(.suffix(0), two) }
        #expect(error?.description.contains("set language to off") == true)
        _ = try Self.make(.suffix(0), two, ["language": "off"])
        let odd = #expect(throws: MethodCatalog.Error.self) {
            try Self.make(
                .suffix(0), [.visual: Self.base, .audio: Self.base, .text: Self.plain(8, 5)])
        }
        #expect(odd?.description.contains("are not multiples of each other") == true)
    }

    @Test func declarationReadsValidityAndKnowsTheWholeNetwork() throws {
        func declare(_ placement: Placement, _ options: [String: MethodOption] = [:])
            throws -> MethodDeclaration
        {
            try MethodCatalog.declare(
                MethodCatalog.Choice(name: "lstta", options: options), placement: placement,
                streams: Self.three, segments: 10)
        }
        #expect(try declare(.suffix(0)).exactness == .exact)
        #expect(try declare(.suffix(0)).readsValidity)
        #expect(try declare(.suffix(1)).title(of: "lstta") == "lstta@k1")
        // The first adapter stands behind block 0, where the cache of block 1 begins.
        let all = MethodOption.list(Array(1...12))
        #expect(try declare(.suffix(1), ["positions": all]).exactness == .exact)
        let ladder = try declare(.ladder([3, 12]))
        #expect(ladder.readsValidity)
        #expect(ladder.seams[.visual]?.map(\.tokens) == [.descriptor, .descriptor, .pooled])
        #expect(ladder.seams[.text]?.map(\.tokens) == [.all, .all, .pooled])
    }

    @Test func textOfFewerBlocksStandsBehindTheLastPairThatItIsFor() throws {
        let streams: [Models.Stream: StreamShape] = [
            .visual: Self.large, .audio: Self.base, .text: Self.plain(384, 6),
        ]
        let method = try #require(try Self.make(.suffix(0), streams) as? LSTTASuffix)
        #expect(method.adapters.map { $0.boundary[.text] } == [1, 2, 3, 4, 5, 6])
        #expect(method.adapters.map { $0.boundary[.audio] } == [2, 4, 6, 8, 10, 12])
        #expect(method.adapters.map { $0.boundary[.visual] } == [4, 8, 12, 16, 20, 24])
    }
}
