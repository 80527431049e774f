import Tensors
import TestSupport
import Testing

@testable import Neural

@Suite struct DropoutTests {
    private let key = DropoutKey(seed: 7, step: 3, site: 1)

    @Test(arguments: [0.1, 0.5, 0.9] as [Float])
    func elementsAreDroppedOrScaled(probability: Float) {
        let x = Tensor(repeating: 3, shape: [100, 1000])
        let y = withTape { $0.constant(x).dropout(probability, key: key).value }
        let dropped = y.elements.count { $0 == 0 }
        let scaled = y.elements.count { $0 == 3 * (1 / (1 - probability)) }
        #expect(dropped + scaled == x.count)
        // Five standard deviations of a binomial distribution.
        let expected = Double(probability) * Double(x.count)
        #expect(
            abs(Double(dropped) - expected) < 5
                * (expected * (1 - Double(probability))).squareRoot())
    }

    @Test func gradientUsesTheSameMask() {
        var generator = SplitMix64(seed: 2)
        let x = Parameter("x", .random(shape: [7, 17], using: &generator))
        expectGradients(of: [x]) { tape in
            let x = tape.variable(x)
            return x + x.dropout(0.4, key: key)
        }
    }

    /// The mask of an element is that of its index, whatever else there is.
    @Test func longerTensorsBeginWithTheSameMask() {
        let short = mask(count: 100, key), long = mask(count: 70_000, key)
        #expect(short == Array(long.prefix(100)))
    }

    @Test(arguments: [
        DropoutKey(seed: 8, step: 3, site: 1), DropoutKey(seed: 7, step: 4, site: 1),
        DropoutKey(seed: 7, step: 3, site: 2), DropoutKey(seed: 7, step: 1, site: 3),
    ])
    func keysGiveUnrelatedMasks(other: DropoutKey) {
        let agreeing = zip(mask(count: 10_000, key), mask(count: 10_000, other)).count { $0 == $1 }
        #expect(abs(agreeing - 5000) < 250)  // Five standard deviations.
    }

    /// The generator itself as the naive twin.
    @Test(arguments: LayerNormTests.widths + [40_000])
    func maskFollowsTheGenerator(count: Int) {
        var generator = SplitMix64(seed: key.state(from: 0))
        let expected = (0..<count).map { _ in
            Double(generator.next() >> 40) / Double(1 << 24) >= 0.5
        }
        #expect(mask(count: count, key) == expected)
    }

    @Test func probabilityZeroIsTheIdentity() {
        let x = Tensor([1, 2], shape: [2])
        #expect(withTape { $0.constant(x).dropout(0, key: key).value } == x)
    }

    private func mask(count: Int, _ key: DropoutKey) -> [Bool] {
        let ones = Tensor(repeating: 1, shape: [count])
        return withTape { $0.constant(ones).dropout(0.5, key: key).value.elements.map { $0 != 0 } }
    }
}
