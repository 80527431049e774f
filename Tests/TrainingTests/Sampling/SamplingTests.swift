import Tensors
import Testing

@testable import Training

/// Random choices: what they depend on, and how they are distributed.
@Suite struct SamplingTests {
    private let ids = (0..<200).map { "clip-\($0)" }

    @Test func orderIsAPermutationOfItsOwnForEachSeedAndEpoch() {
        let orders = [(0, 1), (0, 2), (1, 1)].map { seed, epoch in
            SampleOrder.indices(of: ids, seed: seed, epoch: epoch)
        }
        for order in orders { #expect(order.sorted() == Array(ids.indices)) }
        #expect(Set(orders).count == 3)
        #expect(orders[0] == SampleOrder.indices(of: ids, seed: 0, epoch: 1))
    }

    @Test func leavingASampleOutMovesNoOther() {
        let whole = SampleOrder.indices(of: ids, seed: 3, epoch: 4).map { ids[$0] }
        let rest = ids.filter { $0 != "clip-77" }
        let order = SampleOrder.indices(of: rest, seed: 3, epoch: 4).map { rest[$0] }
        #expect(order == whole.filter { $0 != "clip-77" })
    }

    @Test func placesChooseIndependently() {
        let key = NoiseKey(seed: 1, epoch: 2, sample: "clip")
        let numbers = [NoiseKey.Place.order, .mixup, .view, .visualTokens].map(key.number)
        #expect(Set(numbers).count == 4)
        #expect(key == NoiseKey(seed: 1, epoch: 2, sample: "clip"))
        #expect(key.number(.mixup) != NoiseKey(seed: 2, epoch: 1, sample: "clip").number(.mixup))
    }

    /// Mean ½ and variance 1 / (4 (2α + 1)) of Beta(α, α).
    @Test(arguments: [0.2, 1, 4]) func sharesOfMixturesFollowTheBetaDistribution(alpha: Double) {
        let count = 20_000
        let mixtures = (0..<count).map { index in
            Mixture(
                alpha: alpha, samples: 50, key: NoiseKey(seed: 0, epoch: 1, sample: "\(index)"))
        }
        let shares = mixtures.map { Double($0.share) }
        let mean = shares.reduce(0, +) / Double(count)
        let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        #expect(shares.allSatisfy { 0...1 ~= $0 })
        #expect(abs(mean - 0.5) < 0.01)
        #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.005)
        #expect(Set(mixtures.map(\.other)) == Set(0..<50))
    }

    @Test func keptTokensAreASubsetInOrder() {
        var generator = SplitMix64(seed: 4)
        var counts = Array(repeating: 0, count: 16)
        for _ in 0..<4000 {
            let kept = TokenDropping.kept(of: 16, dropping: 0.25, &generator)
            #expect(kept.count == 12 && kept == Set(kept).sorted())
            for token in kept { counts[token] += 1 }
        }
        #expect(counts.allSatisfy { abs($0 - 3000) < 150 })
        #expect(TokenDropping.count(of: 3, dropping: 0.99) == 1)
    }

    @Test func channelsAreScaledAndShiftedAsAWhole() {
        var generator = SplitMix64(seed: 5)
        let x = Tensor.random(in: -1...3, shape: [50, 4], using: &generator)
        let change = ChannelChange(scale: 0.2, shift: 0.5, channels: 4, SplitMix64(seed: 6))
        var y = x
        var span = y.elements.mutableSpan
        change.apply(to: &span)
        for c in 0..<4 {
            let before = (0..<50).map { Double(x.elements[$0 * 4 + c]) }
            let after = (0..<50).map { Double(y.elements[$0 * 4 + c]) }
            let mean = before.reduce(0, +) / 50
            let deviation = (before.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 50).squareRoot()
            // The line through two points is the line through all.
            let factor = (after[1] - after[0]) / (before[1] - before[0])
            let shift = after[0] - factor * before[0]
            #expect(abs(factor - 1) <= 0.2001 && abs(shift) <= 0.5001 * deviation)
            for i in 0..<50 { #expect(abs(after[i] - factor * before[i] - shift) < 1e-4) }
        }
        #expect(x != y)
    }
}
