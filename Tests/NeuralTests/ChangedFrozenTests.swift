import Tensors
import TestSupport
import Testing

@testable import Neural

/// Frozen maps and norms to which something is added, and their activations by themselves.
@Suite struct ChangedFrozenTests {
    private static func map(_ activation: FrozenLinear.Activation) throws -> FrozenLinear {
        var generator = SplitMix64(seed: 4)
        return try FrozenLinear(
            weight: .random(shape: [24, 17], using: &generator),
            bias: .random(shape: [24], using: &generator), activation: activation)
    }

    private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
        var generator = SplitMix64(seed: seed)
        return .random(in: -2...2, shape: shape, using: &generator)
    }

    @Test(arguments: FrozenLinear.Activation.allCases)
    func shiftOfNothingLeavesTheBits(activation: FrozenLinear.Activation) throws {
        let map = try Self.map(activation), x = Self.random([5, 17], seed: 1)
        withTape { tape in
            let frozen = tape.constant(x).frozenLinear(map)
            let shift = tape.constant(Tensor(shape: [24]))
            #expect(tape.constant(x).frozenLinear(map, shiftedBy: shift).value == frozen.value)
        }
    }

    /// The map whose bias is the sum.
    @Test(arguments: FrozenLinear.Activation.allCases)
    func shiftIsAddedToTheBias(activation: FrozenLinear.Activation) throws {
        var generator = SplitMix64(seed: 4)
        let weight = Tensor.random(shape: [24, 17], using: &generator)
        var bias = Tensor.random(shape: [24], using: &generator)
        let shift = Self.random([24], seed: 2), x = Self.random([5, 17], seed: 1)
        for i in 0..<24 { bias.elements[i] += shift.elements[i] }
        let whole = try FrozenLinear(weight: weight, bias: bias, activation: activation)
        let map = try Self.map(activation)
        withTape { tape in
            let y = tape.constant(x).frozenLinear(map, shiftedBy: tape.constant(shift))
            #expect(relativeError(y.value, tape.constant(x).frozenLinear(whole).value) < 1e-6)
        }
    }

    @Test(arguments: FrozenLinear.Activation.allCases.filter { $0 != .relu })
    func gradientsAgreeWithDifferences(activation: FrozenLinear.Activation) throws {
        let map = try Self.map(activation)
        let x = Parameter("x", Self.random([5, 17], seed: 1))
        let u = Parameter("u", Self.random([24], seed: 2))
        expectGradients(of: [x, u]) { tape in
            tape.variable(x).frozenLinear(map, shiftedBy: tape.variable(u))
        }
        expectGradients(of: [x]) { tape in
            let x = tape.variable(x)
            return x + x.activated(by: activation)
        }
    }

    @Test func normsTakeComputedScales() {
        let x = Parameter("x", Self.random([4, 9], seed: 1))
        let gamma = Parameter("gamma", Self.random([9], seed: 2))
        let beta = Parameter("beta", Self.random([9], seed: 3))
        withTape { tape in
            let x = tape.variable(x)
            let expected = x.layerNorm(gamma, beta, epsilon: 1e-5).value
            let computed = x.layerNorm(
                tape.variable(gamma), tape.variable(beta), epsilon: 1e-5)
            #expect(computed.value == expected)
        }
        expectGradients(of: [x, gamma, beta]) { tape in
            let gamma = tape.variable(gamma)
            return tape.variable(x).layerNorm(
                gamma + gamma, tape.variable(beta), epsilon: 1e-5)
        }
    }

    @Test func truncatedWeightsStayWithinTwiceTheirDeviation() {
        var generator = SplitMix64(seed: 1)
        let map = Linear(
            "map", inputs: 64, outputs: 64, initial: .truncatedNormal(deviation: 1e-3),
            using: &generator)
        let elements = map.weight.value.elements.map(Double.init)
        #expect(elements.allSatisfy { abs($0) <= 2e-3 })
        // A normal deviate within two deviations has a variance of 0.774.
        let variance = elements.reduce(0) { $0 + $1 * $1 } / Double(elements.count)
        #expect(abs(variance / 1e-6 - 0.774) < 0.05)
        #expect(map.bias?.value == Tensor(shape: [64]))
    }
}
