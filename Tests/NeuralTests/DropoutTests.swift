import Tensors
import TestSupport
import Testing

@testable import Neural

@Suite struct DropoutTests {
    private let noise = SampleNoise(seed: 7, epoch: 3, samples: [1])

    @Test(arguments: [0.1, 0.5, 0.9] as [Float])
    func elementsAreDroppedOrScaled(probability: Float) {
        let x = Tensor(repeating: 3, shape: [100, 1000])
        let y = withTape(noise: noise) { $0.constant(x).dropout(probability).value }
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
        expectGradients(of: [x], noise: noise) { tape in
            let x = tape.variable(x)
            return x + x.dropout(0.4)
        }
    }

    /// The mask of an element is that of its index, whatever else there is.
    @Test func longerTensorsBeginWithTheSameMask() {
        let short = mask(count: 100, noise), long = mask(count: 70_000, noise)
        #expect(short == Array(long.prefix(100)))
    }

    @Test(arguments: [(8, 3, 1), (7, 4, 1), (7, 3, 2), (7, 1, 3)] as [(UInt64, Int, UInt64)])
    func seedsEpochsAndSamplesGiveUnrelatedMasks(seed: UInt64, epoch: Int, sample: UInt64) {
        let other = SampleNoise(seed: seed, epoch: epoch, samples: [sample])
        expectUnrelated(mask(count: 10_000, noise), mask(count: 10_000, other))
    }

    @Test func dropoutsOfAModelHaveUnrelatedMasks() {
        let ones = Tensor(repeating: 1, shape: [10_000])
        let (first, second) = withTape(noise: noise) { tape in
            (tape.constant(ones).dropout(0.5).value, tape.constant(ones).dropout(0.5).value)
        }
        expectUnrelated(first.elements.map { $0 != 0 }, second.elements.map { $0 != 0 })
    }

    private func expectUnrelated(_ x: [Bool], _ y: [Bool]) {
        let agreeing = zip(x, y).count { $0 == $1 }
        #expect(abs(agreeing - 5000) < 250)  // Five standard deviations.
    }

    /// Whatever else is in the batch, and at whatever place.
    @Test func samplesKeepTheirMasks() {
        let together = mask(count: 300, SampleNoise(seed: 7, epoch: 3, samples: [5, 1, 9]))
        let alone = mask(count: 100, noise)
        #expect(Array(together[100..<200]) == alone)
    }

    @Test func nothingIsDroppedWithoutNoise() {
        let x = Tensor(repeating: 1, shape: [1000])
        #expect(withTape { $0.constant(x).dropout(0.5).value } == x)
    }

    /// The generator itself as the naive twin.
    @Test(arguments: LayerNormTests.widths + [40_000])
    func maskFollowsTheGenerator(count: Int) {
        let key = DropoutKey(seed: 7, epoch: 3, sample: 1, site: 1)
        var generator = SplitMix64(seed: key.state(from: 0))
        let expected = (0..<count).map { _ in
            Double(generator.next() >> 40) / Double(1 << 24) >= 0.5
        }
        #expect(mask(count: count, noise) == expected)
    }

    @Test func probabilityZeroIsTheIdentity() {
        let x = Tensor([1, 2], shape: [2])
        #expect(withTape(noise: noise) { $0.constant(x).dropout(0).value } == x)
    }

    private func mask(count: Int, _ noise: SampleNoise) -> [Bool] {
        let ones = Tensor(repeating: 1, shape: [count])
        return withTape(noise: noise) {
            $0.constant(ones).dropout(0.5).value.elements.map { $0 != 0 }
        }
    }
}
