import Tensors
import Testing

@testable import Neural

/// Against the standard library's `Float16`.
@Suite struct HalfPrecisionTests {
    private let halves = (UInt16.min...UInt16.max).map { $0 }

    @Test func everyHalfIsWidenedExactly() {
        let wide = HalfPrecision.widen(halves)
        let wrong = zip(halves, wide).filter { half, x in
            let expected = Float(Float16(bitPattern: half))
            return expected.isNaN ? !x.isNaN : x.bitPattern != expected.bitPattern
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test func everyHalfSurvivesARoundTrip() {
        let (bits, overflow) = HalfPrecision.narrow(HalfPrecision.widen(halves))
        let wrong = zip(halves, bits).filter { half, result in
            let expected = Float16(bitPattern: half)
            return expected.isNaN ? !Float16(bitPattern: result).isNaN : result != half
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
        #expect(overflow == 2 * 1024)  // An infinity and 1023 NaNs of each sign.
    }

    /// Halfway between two neighbours, and just beside that, for every pair of neighbours.
    @Test func valuesBetweenHalvesAreRoundedToEven() {
        let x = HalfPrecision.widen(halves.filter { $0 & 0x7fff < 0x7bff }).flatMap { low in
            let step = (Float16(low).nextAwayFromZero)
            let middle = (low + Float(step)) / 2
            return [middle, middle.nextUp, middle.nextDown]
        }
        let bits = HalfPrecision.narrow(x).bits
        let wrong = zip(x, bits).filter { Float16($0).bitPattern != $1 }
        #expect(x.count > 180_000 && wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test func randomBitPatternsAreRoundedLikeTheStandardLibraryDoes() {
        var generator = SplitMix64(seed: 1)
        let x = (0..<300_000).map { _ in
            Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator))
        }
        let bits = HalfPrecision.narrow(x).bits
        let wrong = zip(x, bits).filter { x, result in
            x.isNaN ? !Float16(bitPattern: result).isNaN : Float16(x).bitPattern != result
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test(
        arguments: [
            (65504, 0), (65505, 1), (-65504, 0), (-65520, 1), (.infinity, 1), (-.infinity, 1),
            (.nan, 1), (.greatestFiniteMagnitude, 1), (0, 0), (1e-30, 0),
        ] as [(Float, Int)])
    func overflowIsCounted(x: Float, expected: Int) {
        #expect(HalfPrecision.narrow([1, x, 2]).overflow == expected)
        #expect(HalfPrecision.narrow(Array(repeating: x, count: 100)).overflow == 100 * expected)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 31, 768])
    func lengthsAroundARegisterWork(count: Int) {
        let x = (0..<count).map { Float($0) - 3.25 }
        let bits = HalfPrecision.narrow(x).bits
        #expect(bits == x.map { Float16($0).bitPattern })
        #expect(HalfPrecision.widen(bits) == x.map { Float(Float16($0)) })
    }
}

extension Float16 {
    fileprivate var nextAwayFromZero: Float16 { sign == .minus ? nextDown : nextUp }
}
