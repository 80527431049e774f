import Tensors
import TestSupport
import Testing

@testable import Neural

@Suite struct LayerTests {
    @Test(arguments: LayerCase.all)
    func valueAndGradientsAgreeWithPyTorch(layer: LayerCase) throws {
        let reference = try Reference.tensors("operations"), (module, inputs) = try layer.made()
        let cotangent = try reference.tensor("\(layer.name)/dy")
        let y = withTape { tape in
            let y = layer.apply(module, to: inputs, on: tape)
            tape.backward(from: y, cotangent: cotangent)
            return y.value
        }
        #expect(relativeError(y, try reference.tensor("\(layer.name)/y")) < 2e-6)
        for operand in inputs + module.parameters {
            let key = inputs.contains { $0 === operand } ? operand.name : layer.key(operand)
            let expected = LayerCase.turned(
                try reference.tensor("\(layer.name)/d\(key)"), as: operand)
            #expect(
                relativeError(try #require(operand.gradient), expected) < 5e-6, "gradient of \(key)"
            )
        }
    }

    /// With a second use of each input, so that an assignment for an addition shows.
    @Test(arguments: LayerCase.all)
    func gradientsAgreeWithDifferences(layer: LayerCase) throws {
        let (module, inputs) = try layer.made()
        expectGradients(of: inputs + module.parameters) { tape in
            let y = layer.apply(module, to: inputs, on: tape)
            return (inputs + module.parameters).reduce(y.reshaped(to: [y.count])) { joined, x in
                joined.concatenated(with: tape.variable(x).reshaped(to: [x.value.count]))
            }
        }
    }

    @Test(arguments: LayerCase.all)
    func replaysGiveTheBitsOfFreshRecordings(layer: LayerCase) throws {
        let (own, inputs) = try layer.made()
        let cotangent = try Reference.tensors("operations").tensor("\(layer.name)/dy")
        let tape = Tape(.replays(differentiated: true), pool: WorkerPool(threads: 2), noise: nil)
        defer { tape.removeAll() }
        let y = layer.apply(own, to: inputs, on: tape)
        for factor in [1, 0.9] as [Float] {
            let (fresh, others) = try layer.made()
            let pairs = zip(inputs + own.parameters, others + fresh.parameters)
            for (own, fresh) in pairs {
                for i in own.value.elements.indices { own.value.elements[i] *= factor }
                fresh.value = own.value
                own.zeroGradient()
            }
            tape.replay()
            tape.backward(from: y, cotangent: cotangent)
            withTape { tape in
                let expected = layer.apply(fresh, to: others, on: tape)
                tape.backward(from: expected, cotangent: cotangent)
                #expect(y.value == expected.value)
            }
            for (own, fresh) in pairs {
                #expect(own.gradient != nil && own.gradient == fresh.gradient, "\(own.name)")
            }
        }
    }

    /// More sequences than a worker computes at a time, and rows than a panel has.
    @Test func theNumberOfThreadsDoesNotShow() throws {
        #expect(try pass(on: WorkerPool(threads: 2)) == pass(on: .serial))
    }

    private func pass(on pool: WorkerPool) throws -> [Tensor] {
        var generator = SplitMix64(seed: 4)
        let x = Parameter("x", .random(shape: [70, 9, 40], using: &generator))
        let norm = BatchNorm("norm", features: 200)
        let lstm = LSTM(
            "lstm", inputs: 200, hidden: 60, isBidirectional: true, using: &generator)
        let attention = MultiHeadAttention(
            "attention", features: 120, heads: 4, dropout: 0.2, using: &generator)
        let map = Linear("map", inputs: 40, outputs: 200, using: &generator)
        let noise = SampleNoise(seed: 1, epoch: 0, samples: Array(0..<70))
        let y = withTape(pool: pool, noise: noise) { tape in
            let states = lstm(norm(map(tape.variable(x))))
            let y = attention(states, keys: states, mask: .window(2, count: 9, on: tape))
            tape.backward(from: y, cotangent: Tensor(repeating: 1, shape: y.shape))
            return y.value
        }
        let layers: [any Module] = [norm, lstm, attention, map]
        let gradients = try ([x] + layers.flatMap(\.parameters)).map { try #require($0.gradient) }
        return [y] + gradients + layers.flatMap { $0.buffers.map(\.value) }
    }

    // Initial values.

    /// Uniform within ±1/√hidden, biases too.
    @Test func recurrencesAreDrawnByTheirHiddenFeatures() throws {
        var generator = SplitMix64(seed: 1)
        let lstm = LSTM(
            "l", inputs: 5, hidden: 64, isBidirectional: true, using: &generator)
        #expect(lstm.parameters.count == 8)
        for parameter in lstm.parameters {
            let largest = try #require(parameter.value.elements.map(abs).max())
            #expect(largest <= 0.125 && largest > 0.115, "\(parameter.name)")
        }
    }

    /// Within √(6 / (D + 3D)) for the matrix of all three projections, and 1/√D for the output's.
    @Test func projectionsAreDrawnAsOneMatrix() throws {
        var generator = SplitMix64(seed: 1)
        let layer = MultiHeadAttention("a", features: 24, heads: 2, using: &generator)
        #expect(
            layer.parameters.map(\.name)
                == ["a.in_proj_weight", "a.in_proj_bias", "a.out_proj.weight", "a.out_proj.bias"])
        let bounds: [Float] = [0.25, 0, 0.204_124_2, 0]
        for (parameter, bound) in zip(layer.parameters, bounds) {
            let largest = try #require(parameter.value.elements.map(abs).max())
            #expect(largest <= bound && largest >= 0.95 * bound, "\(parameter.name)")
        }
    }

    /// Moments of the standard normal distribution, and its part beyond two deviations.
    @Test func tablesAreNormal() {
        var generator = SplitMix64(seed: 1)
        let values = Embedding("e", count: 300, features: 100, using: &generator).weight.value
        let count = Float(values.count), sum = values.elements.reduce(0, +)
        let squares = values.elements.reduce(0) { $0 + $1 * $1 }
        #expect(abs(sum / count) < 0.03 && abs(squares / count - 1) < 0.04)
        let far = values.elements.count { abs($0) > 2 }
        #expect(abs(Float(far) / count - 0.0455) < 0.006)
    }
}
