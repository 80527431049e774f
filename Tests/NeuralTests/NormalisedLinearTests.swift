import Tensors
import TestSupport
import Testing

@testable import Neural

/// The fused operation beside the two that it replaces, which are compared with PyTorch themselves.
@Suite struct NormalisedLinearTests {
    /// Extents around those of registers, tiles, blocks and pieces.
    struct Extents: Sendable { let rows, inputs, outputs: Int }

    static let extents = [
        Extents(rows: 1, inputs: 2, outputs: 1), Extents(rows: 5, inputs: 15, outputs: 31),
        Extents(rows: 12, inputs: 16, outputs: 32), Extents(rows: 13, inputs: 17, outputs: 33),
        Extents(rows: 47, inputs: 63, outputs: 11), Extents(rows: 97, inputs: 65, outputs: 96),
        Extents(rows: 257, inputs: 130, outputs: 40), Extents(rows: 530, inputs: 768, outputs: 25),
    ]

    @Test(arguments: extents, [1, 2])
    func agreesWithLayerNormAndLinear(extents: Extents, threads: Int) throws {
        let pool = WorkerPool(threads: threads)
        let (fused, parameters) = try pass(extents, pool) { x, norm, linear in
            norm(x, then: linear)
        }
        let (plain, expected) = try pass(extents, pool) { x, norm, linear in linear(norm(x)) }
        #expect(relativeError(fused, plain) < 2e-6)
        for (own, other) in zip(parameters, expected) {
            let error = relativeError(
                try #require(own.gradient), try #require(other.gradient))
            #expect(error < 5e-6, "\(own.name): \(error)")
        }
    }

    /// Value, and parameters with the gradients of two passes that are added up.
    private func pass(
        _ extents: Extents, _ pool: WorkerPool,
        _ network: (Variable, LayerNorm, Linear) -> Variable
    ) throws -> (Tensor, [Parameter]) {
        var generator = SplitMix64(seed: 3)
        let x = Tensor.random(
            in: -3...4, shape: [extents.rows, extents.inputs], using: &generator)
        let cotangent = Tensor.random(
            shape: [extents.rows, extents.outputs], using: &generator)
        let norm = LayerNorm("norm", features: extents.inputs)
        for parameter in norm.parameters {
            parameter.value = .random(in: 0.2...2, shape: [extents.inputs], using: &generator)
        }
        let linear = Linear(
            "linear", inputs: extents.inputs, outputs: extents.outputs, using: &generator)
        var value = Tensor(shape: [])
        for _ in 0..<2 {
            withTape(pool: pool) { tape in
                let y = network(tape.constant(x), norm, linear)
                tape.backward(from: y, cotangent: cotangent)
                value = y.value
            }
        }
        return (value, norm.parameters + linear.parameters)
    }

    @Test func rowsWithAGradientTakeTheTwoOperations() {
        var generator = SplitMix64(seed: 4)
        let norm = LayerNorm("norm", features: 7)
        let linear = Linear("linear", inputs: 7, outputs: 3, using: &generator)
        let x = Parameter("x", .random(shape: [4, 7], using: &generator))
        expectGradients(of: [x] + norm.parameters + linear.parameters) { tape in
            norm(tape.variable(x), then: linear)
        }
    }

    @Test func frozenPartsReceiveNoGradient() {
        var generator = SplitMix64(seed: 5)
        let norm = LayerNorm("norm", features: 7)
        let linear = Linear("linear", inputs: 7, outputs: 3, using: &generator)
        let parameters = norm.parameters + linear.parameters
        for trainable in parameters {
            for parameter in parameters {
                parameter.isTrainable = parameter === trainable
                parameter.zeroGradient()
            }
            withTape { tape in
                let x = tape.constant(Tensor(repeating: 1, shape: [4, 7]))
                tape.backward(
                    from: norm(x, then: linear), cotangent: Tensor(repeating: 1, shape: [4, 3]))
            }
            for parameter in parameters {
                #expect((parameter.gradient != nil) == (parameter === trainable))
            }
        }
    }
}
