import Neural
import Tensors
import TestSupport
import Testing

/// Work is cut into pieces of fixed size, so the number of threads does not show in any bit.
@Suite struct ThreadIndependenceTests {
    /// Large enough that every kernel has several pieces, and the last of them is a part of one.
    @Test(arguments: [2, 3, 5])
    func networkGivesTheSameBits(threads: Int) throws {
        #expect(try pass(on: WorkerPool(threads: threads)) == pass(on: .serial))
    }

    /// Value and gradients of one pass over 3 sequences of 201 tokens.
    private func pass(on pool: WorkerPool) throws -> [Tensor] {
        var generator = SplitMix64(seed: 5)
        let x = Parameter("x", .random(shape: [3, 201, 300], using: &generator))
        let query = Parameter("query", .random(shape: [3, 300], using: &generator))
        let gate = Parameter("gate", Tensor([0.7], shape: []))
        let norm = LayerNorm("norm", features: 300)
        let up = Linear("up", inputs: 300, outputs: 520, using: &generator)
        let down = Linear("down", inputs: 520, outputs: 300, using: &generator)
        let head = Linear("head", inputs: 300, outputs: 7, using: &generator)
        let noise = SampleNoise(seed: 1, epoch: 2, samples: [4, 0, 7])

        let loss = withTape(pool: pool, noise: noise) { tape in
            let x = tape.variable(x)
            let hidden = down(up(norm(x)).gelu().dropout(0.2))
            let sum = x + hidden.scaled(by: gate)
            let attended = sum.attention(keys: sum, values: hidden.relu(), heads: 4)
            let mixed = attended.mixed(with: x, by: gate, temperature: 1)
            let cached = norm(tape.constant(x.value), then: up).columns(0..<300)
            let token = tape.variable(query).attending(to: mixed + cached, scale: 0.1)
            let logits = head(token + mixed.meanOverTokens())
            let loss = logits.softmaxCrossEntropy(targets: [1, 0, 6])
            tape.backward(from: loss)
            return loss.value
        }
        let layers: [any Module] = [norm, up, down, head]
        let parameters = [x, query, gate] + layers.flatMap(\.parameters)
        return try [loss] + parameters.map { try #require($0.gradient) }
    }
}
