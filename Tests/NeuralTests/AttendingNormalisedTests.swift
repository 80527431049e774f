import Tensors
import TestSupport
import Testing

@testable import Neural

/// A query that is mapped back to normalised rows, beside the mapping of every row, whose operations are compared with
/// PyTorch themselves.
@Suite struct AttendingNormalisedTests {
    /// Extents around those of registers and pieces.
    struct Extents: Sendable { let sequences, rows, inputs, outputs: Int }

    static let extents = [
        Extents(sequences: 1, rows: 1, inputs: 2, outputs: 1),
        Extents(sequences: 3, rows: 5, inputs: 15, outputs: 31),
        Extents(sequences: 2, rows: 16, inputs: 16, outputs: 8),
        Extents(sequences: 9, rows: 17, inputs: 33, outputs: 12),
        Extents(sequences: 4, rows: 49, inputs: 768, outputs: 96),
    ]

    @Test(arguments: extents, [1, 3])
    func agreesWithAttentionToMappedRows(extents: Extents, threads: Int) throws {
        let pool = WorkerPool(threads: threads)
        let (fused, parameters) = try pass(extents, pool) { z, x, norm, linear in
            norm.attention(of: z, to: x, through: linear, scale: 0.7)
        }
        let (plain, expected) = try pass(extents, pool) { z, x, norm, linear in
            z.attending(to: linear(norm(x)), scale: 0.7)
        }
        #expect(relativeError(fused, plain) < 5e-6)
        for (own, other) in zip(parameters, expected) {
            let error = relativeError(
                try #require(own.gradient), try #require(other.gradient))
            // Of one row a softmax knows nothing, so that what it tells the query is rounding alone.
            if extents.rows == 1, own.name == "query" { continue }
            #expect(error < 2e-5, "\(own.name): \(error)")
        }
    }

    @Test func threadsDoNotMatter() throws {
        func gradients(_ threads: Int) throws -> [Tensor?] {
            try pass(Self.extents[3], WorkerPool(threads: threads)) { z, x, norm, linear in
                norm.attention(of: z, to: x, through: linear, scale: 0.2)
            }.parameters.map(\.gradient)
        }
        #expect(try gradients(1) == gradients(2))
    }

    /// Value, and parameters with the gradients of two passes that are added up.
    private func pass(
        _ extents: Extents, _ pool: WorkerPool,
        _ network: (Variable, Variable, LayerNorm, Linear) -> Variable
    ) throws -> (value: Tensor, parameters: [Parameter]) {
        var generator = SplitMix64(seed: 3)
        let x = Tensor.random(
            in: -3...4, shape: [extents.sequences, extents.rows, extents.inputs],
            using: &generator)
        let shape = [extents.sequences, extents.outputs]
        let cotangent = Tensor.random(shape: shape, using: &generator)
        let query = Parameter("query", .random(in: -2...2, shape: shape, using: &generator))
        let norm = LayerNorm("norm", features: extents.inputs)
        for parameter in norm.parameters {
            parameter.value = .random(in: 0.2...2, shape: [extents.inputs], using: &generator)
        }
        let linear = Linear(
            "linear", inputs: extents.inputs, outputs: extents.outputs, hasBias: false,
            using: &generator)
        var value = Tensor(shape: [])
        for _ in 0..<2 {
            withTape(pool: pool) { tape in
                let y = network(tape.variable(query), tape.constant(x), norm, linear)
                tape.backward(from: y, cotangent: cotangent)
                value = y.value
            }
        }
        return (value, [query] + norm.parameters + linear.parameters)
    }
}
