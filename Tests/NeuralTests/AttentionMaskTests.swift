import Neural
import Tensors
import TestSupport
import Testing

@Suite struct AttentionMaskTests {
    private func parameter(_ name: String, _ shape: [Int], seed: UInt64) -> Parameter {
        var generator = SplitMix64(seed: seed)
        return Parameter(name, .random(shape: shape, using: &generator))
    }

    /// A sequence with fewer keys is what it is alone, and one without any reads zeros.
    @Test func keysBeyondTheLengthAreNotSeen() {
        let q = parameter("q", [3, 4, 6], seed: 1), k = parameter("k", [3, 5, 6], seed: 2)
        let y = withTape { tape in
            let lengths = tape.constant(Tensor([5, 2, 0], shape: [3]))
            let k = tape.variable(k)
            let y = tape.variable(q).attention(
                keys: k, values: k, heads: 2, mask: AttentionMask(lengths: lengths))
            let alone = tape.variable(q).attention(
                keys: k.tokens(0..<2), values: k.tokens(0..<2), heads: 2)
            for (y, alone) in zip(y.value.elements[24..<48], alone.value.elements[24..<48]) {
                #expect(abs(y - alone) < 1e-6)
            }
            tape.backward(from: y, cotangent: Tensor(repeating: 1, shape: y.shape))
            return y.value
        }
        #expect(y.elements[48...].allSatisfy { $0 == 0 })
        let gradient = k.gradient?.elements ?? []
        #expect(gradient[42..<90].allSatisfy { $0 == 0 })
        #expect(gradient[30..<42].contains { $0 != 0 })
    }

    @Test func aWindowSeesItsNeighboursAlone() {
        let x = parameter("x", [1, 6, 4], seed: 1), other = Parameter("x", x.value)
        for c in 0..<4 { other.value.elements[5 * 4 + c] += 1 }  // The last token changes.
        let (y, changed) = withTape { tape in
            let mask = AttentionMask.window(1, count: 6, on: tape)
            func attend(_ x: Parameter) -> Tensor {
                let x = tape.variable(x)
                return x.attention(keys: x, values: x, heads: 2, mask: mask).value
            }
            return (attend(x), attend(other))
        }
        #expect(y.elements[..<16] == changed.elements[..<16])
        #expect(y.elements[16...] != changed.elements[16...])
    }

    /// In one operation and in two, with every kind of mask.
    @Test func weightsAndTheirUseAreTheAttention() {
        let q = parameter("q", [2, 4, 6], seed: 1), k = parameter("k", [2, 5, 6], seed: 2)
        withTape { tape in
            let scores = parameter("scores", [4, 5], seed: 3).value
            let mask = AttentionMask(
                lengths: tape.constant(Tensor([3, 5], shape: [2])), scores: tape.constant(scores))
            let q = tape.variable(q), k = tape.variable(k)
            let whole = q.attention(keys: k, values: k, heads: 3, mask: mask)
            let parts = q.attentionWeights(keys: k, heads: 3, mask: mask).weighted(k)
            #expect(whole.value == parts.value)
        }
    }

    /// Of three queries' weights, some are dropped and the others doubled.
    @Test func dropoutIsAppliedToTheWeights() {
        var generator = SplitMix64(seed: 1)
        let layer = MultiHeadAttention(
            "a", features: 6, heads: 2, dropout: 0.5, using: &generator)
        let x = parameter("x", [2, 3, 6], seed: 2)
        let noise = SampleNoise(seed: 3, epoch: 0, samples: [0, 1])
        func attend(_ noise: SampleNoise?) -> Tensor {
            withTape(noise: noise) { layer($0.variable(x), keys: $0.variable(x)).value }
        }
        #expect(attend(noise) != attend(nil))
        expectGradients(of: [x] + layer.parameters, noise: noise) { tape in
            layer(tape.variable(x), keys: tape.variable(x)) + tape.variable(x)
        }
    }
}
