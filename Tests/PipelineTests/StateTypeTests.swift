import Models
import Neural
import Storage
import Tensors
import Testing

@testable import Pipeline

/// Number types, chosen tokens, and states that cannot be stored.
@Suite struct StateTypeTests {
    private let feature = "states-stand-in-visual"

    @Test func wholeNumbersTimesScalesAreTheStates() throws {
        let bench = try EncodingBench()
        try bench.encoding(.visual, [0, 2], .all, .int8).run()
        for (layer, name) in [(0, "block_00"), (2, "block_02")] {
            let bytes = try bench.numbers(feature, name, "c2", as: Int8.self)
            let scales = try bench.numbers(feature, "\(name)_scale", "c2", as: Float.self)
            #expect(scales.count == 27 && bytes.count == 81)
            for segment in 0..<3 {
                let states = StandInBackbone().states(of: bench.picture(2, segment), layer: layer)
                for token in 0..<9 {
                    let row = states.elements[token * 3..<token * 3 + 3]
                    let scale = scales[segment * 9 + token]
                    #expect(scale == (row.max() ?? 0) / 127)
                    for (channel, x) in row.enumerated() {
                        let q = bytes[(segment * 9 + token) * 3 + channel]
                        #expect(abs(x - scale * Float(q)) <= scale * 0.500001)
                    }
                }
            }
        }
        // Of segments without data everything is zero.
        let scales = try bench.numbers(feature, "block_00_scale", "c1", as: Float.self)
        #expect(scales.suffix(9).allSatisfy { $0 == 0 } && scales.prefix(18).contains { $0 > 0 })
    }

    @Test func tokensOfLargestNormAreKeptWithTheirNumbers() throws {
        let bench = try EncodingBench()
        try bench.encoding(.visual, [2], .top(3)).run()
        let tokens = try bench.numbers(feature, "block_02_token", "c3", as: Int32.self)
        let stored = try bench.numbers(feature, "block_02", "c3", as: Float.self)
        #expect(tokens.count == 12 && stored.count == 36)
        for segment in 0..<3 {
            let states = StandInBackbone().states(of: bench.picture(3, segment), layer: 2)
            func norm(_ token: Int) -> Float {
                states.elements[token * 3..<token * 3 + 3].reduce(0) { $0 + $1 * $1 }
            }
            let kept = tokens[segment * 4..<segment * 4 + 4].map(Int.init)
            #expect(kept[0] == 0 && kept == kept.sorted() && Set(kept).count == 4)
            let left = Set(1..<9).subtracting(kept)
            let least = try #require(kept.dropFirst().map(norm).min())
            #expect(left.allSatisfy { norm($0) <= least })
            for (place, token) in kept.enumerated() {
                let start = (segment * 4 + place) * 3
                #expect(
                    Array(stored[start..<start + 3])
                        == Array(states.elements[token * 3..<token * 3 + 3]))
            }
        }
    }

    @Test(arguments: [
        (
            TokenSelection.cls,
            "cannot keep the class token: backbone stand-in has none; --tokens grid:1x1 keeps the "
                + "mean of its patches"
        ),
        (.top(9), "cannot keep topk:9: there are 2×4 patches in layer 0"),
        (
            .grid(rows: 3, columns: 1),
            "cannot pool tokens to grid:3x1: there are 2×4 patches in layer 0"
        ),
    ])
    func tokensThatDoNotExistAreNamed(tokens: TokenSelection, reason: String) throws {
        let bench = try EncodingBench()
        let error = #expect(throws: Encoding.RequestError.self) {
            try bench.encoding(.visual, [0, 2], tokens, of: StandInBackbone(hasClassToken: false))
                .run()
        }
        #expect(error?.description == reason)
    }

    @Test func meanOfPatchesStandsInForAClassToken() throws {
        let bench = try EncodingBench(), model = StandInBackbone(hasClassToken: false)
        try bench.encoding(.visual, [0], .grid(rows: 1, columns: 1), of: model).run()
        let stored = try bench.numbers(feature, "block_00", "c0", as: Float.self)
        let patches = model.states(of: bench.picture(0, 1), layer: 0).elements
        for channel in 0..<3 {
            let values = stride(from: channel, to: patches.count, by: 3).map { patches[$0] }
            #expect(abs(stored[3 + channel] - values.reduce(0, +) / 8) < 1e-3)
        }
    }

    /// Values are up to 255 · factor in layer 0 and three times that in layer 2.
    @Test func overflowIsToldLayerByLayer() throws {
        let bench = try EncodingBench(), model = StandInBackbone(hasClassToken: false, factor: 200)
        let values = (0..<3).flatMap { model.states(of: bench.picture(0, $0), layer: 2).elements }
        let beyond = values.filter { $0 > 65504 }
        try #require(!beyond.isEmpty)
        let error = #expect(throws: Encoding.OverflowError.self) {
            try bench.encoding(.visual, [0, 2], .all, .f16, of: model, jobs: 3).run()
        }
        let largest = try #require(beyond.max())
        #expect(
            error?.description
                == "cannot store the states of c0 as f16: layer 2 has \(beyond.count) (the largest "
                + "\(largest)) values beyond ±65504; use --dtype f32")
        try bench.encoding(.visual, [0, 2], .all, .int8, of: model).run()
        #expect(try bench.cache().feature(feature).index().contains("c4"))
    }

    @Test(arguments: Encoding.NumberType.allCases)
    func whatIsNoNumberIsTold(type: Encoding.NumberType) throws {
        let bench = try EncodingBench(), model = StandInBackbone(factor: .infinity)
        // Zero times infinity is no number either.
        let error = #expect(throws: Encoding.OverflowError.self) {
            try bench.encoding(.visual, [1, 2], .cls, type, of: model).run()
        }
        #expect(
            error?.description
                == "cannot store the states of c0: layer 1 has 9, layer 2 has 9 values that are not "
                + "finite; the backbone gives them, and no number type can hold them")
    }
}
