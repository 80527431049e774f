import Tensors
import Testing

@testable import Neural

@Suite struct FrozenLayerNormTests {
    @Test func agreesWithTheTrainableLayer() {
        var generator = SplitMix64(seed: 3)
        let weight = Parameter("weight", .random(shape: [17], using: &generator))
        let bias = Parameter("bias", .random(shape: [17], using: &generator))
        let x = Tensor.random(shape: [2, 5, 17], using: &generator)
        let frozen = FrozenLayerNorm(weight: weight.value, bias: bias.value, epsilon: 1e-6)
        let expected = withTape { $0.constant(x).layerNorm(weight, bias, epsilon: 1e-6).value }
        var y = Tensor(repeating: 9, shape: [10, 17])
        frozen.apply(x, to: &y)
        #expect(frozen(x) == expected)
        #expect(y.elements == expected.elements)
    }
}
