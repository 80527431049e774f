import Tensors
import Testing

@testable import Neural

@Suite struct FrozenLayerNormTests {
    @Test(arguments: [1, 15, 17, 64, 769])
    func agreesWithTheTrainableLayer(width: Int) {
        var generator = SplitMix64(seed: 3)
        let weight = Parameter("weight", .random(shape: [width], using: &generator))
        let bias = Parameter("bias", .random(shape: [width], using: &generator))
        let x = Tensor.random(shape: [2, 5, width], using: &generator)
        let frozen = FrozenLayerNorm(weight: weight.value, bias: bias.value, epsilon: 1e-6)
        let expected = withTape { $0.constant(x).layerNorm(weight, bias, epsilon: 1e-6).value }
        var y = Tensor(repeating: 9, shape: [10, width])
        frozen.apply(x, to: &y)
        #expect(frozen(x) == expected)
        #expect(y.elements == expected.elements)
        let rows = Activations(.f32)
        frozen.apply(x, to: rows)
        #expect(rows.tensor.elements == expected.elements)
        frozen.apply(to: &y)
        #expect(y == frozen(frozen(x.reshaped([10, width]))))
    }
}

extension Tensor {
    fileprivate func reshaped(_ shape: [Int]) -> Tensor { Tensor(elements, shape: shape) }
}
