import Neural
import Tensors
import Testing

@Suite struct InitialisationTests {
    private func layer(_ initial: WeightInitialisation) -> Linear {
        var generator = SplitMix64(seed: 3)
        return Linear("l", inputs: 100, outputs: 300, initial: initial, using: &generator)
    }

    /// Bounds by hand, for 100 inputs and 300 outputs; the variance of a uniform is bound² / 3.
    @Test(
        arguments: [(.torchLinear, 0.1), (.xavier, 0.122_474_5)] as [(WeightInitialisation, Float)])
    func uniformWeightsFillTheirRange(initial: WeightInitialisation, bound: Float) {
        let w = layer(initial).weight.value
        #expect(w.shape == [100, 300])
        #expect(w.elements.allSatisfy { abs($0) <= bound })
        #expect(abs(variance(w) - bound * bound / 3) < 0.03 * bound * bound / 3)
    }

    @Test func normalWeightsAreCutAtTwo() {
        let narrow = layer(.normal(deviation: 0.02)).weight.value
        #expect(abs(variance(narrow) - 0.0004) < 0.03 * 0.0004)
        #expect(narrow.elements.contains { abs($0) > 0.06 })
        let wide = layer(.normal(deviation: 2)).weight.value
        #expect(wide.elements.allSatisfy { abs($0) <= 2 })
        #expect(wide.elements.contains { abs($0) > 1.9 })
    }

    @Test(
        arguments: [
            (.torchLinear, false), (.xavier, true), (.normal(deviation: 1), true), (.zero, true),
        ] as [(WeightInitialisation, Bool)])
    func onlyTorchDrawsTheBias(initial: WeightInitialisation, isZero: Bool) throws {
        let bias = try #require(layer(initial).bias?.value)
        #expect((bias == Tensor(shape: [300])) == isZero)
    }

    @Test func zeroWeightsGiveZero() {
        let layer = layer(.zero)
        let y = withTape { layer($0.constant(Tensor(repeating: 1, shape: [2, 100]))).value }
        #expect(y == Tensor(shape: [2, 300]))
    }

    @Test func biasMayBeLeftOut() {
        var generator = SplitMix64(seed: 3)
        let layer = Linear("l", inputs: 2, outputs: 3, hasBias: false, using: &generator)
        #expect(layer.parameters.map(\.name) == ["l.weight"])
    }

    private func variance(_ tensor: Tensor) -> Float {
        tensor.elements.reduce(0) { $0 + $1 * $1 } / Float(tensor.count)
    }
}
