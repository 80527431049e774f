import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Neural

@Suite struct FrozenAttentionTests {
    private func attend(
        _ qkv: Tensor, heads: Int, in workspace: Workspace = Workspace(),
        _ change: (inout FrozenAttention) -> Void = { _ in }
    ) -> Tensor {
        var attention = FrozenAttention(heads: heads, headWidth: qkv.columns / 3 / heads)
        change(&attention)
        let rows = Activations(.f32), output = Activations(.f32)
        rows.load(qkv)
        attention.apply(rows, to: output, in: workspace)
        return output.tensor
    }

    /// Numbers of tokens around a register and around a panel of queries.
    @Test(arguments: [1, 15, 16, 17, 127, 128, 129, 197], [1, 3])
    func agreesWithTheFormula(tokens: Int, heads: Int) {
        let qkv = input(tokens: tokens, features: 24)
        #expect(relativeError(attend(qkv, heads: heads), naive(qkv, heads)) < 2e-6)
    }

    @Test func memoryIsUsedAgain() {
        let workspace = Workspace()
        let long = input(tokens: 200, features: 24), short = input(tokens: 40, features: 24)
        _ = attend(long, heads: 2, in: workspace)
        #expect(attend(short, heads: 2, in: workspace) == attend(short, heads: 2))
    }

    @Test(arguments: [2, 3])
    func threadsGetTheSameBits(threads: Int) {
        let images = (0..<8).map { input(tokens: 150 + $0, features: 32) }
        let results = Mutex([Tensor?](repeating: nil, count: images.count))
        WorkerPool(threads: threads).forEach(images.count) { index in
            let y = attend(images[index], heads: 4)
            results.withLock { $0[index] = y }
        }
        #expect(results.withLock { $0 } == images.map { attend($0, heads: 4) })
    }

    private func input(tokens: Int, features: Int) -> Tensor {
        var generator = SplitMix64(seed: UInt64(tokens))
        return .random(in: -3...3, shape: [tokens, 3 * features], using: &generator)
    }

    /// The definition, in double precision and without regard to speed.
    private func naive(_ qkv: Tensor, _ heads: Int) -> Tensor {
        let tokens = qkv.rows, features = qkv.columns / 3, width = features / heads
        func element(_ token: Int, _ part: Int, _ head: Int, _ i: Int) -> Double {
            Double(qkv.elements[token * qkv.columns + part * features + head * width + i])
        }
        var y = Tensor(shape: [tokens, features])
        for head in 0..<heads {
            for query in 0..<tokens {
                let weights = (0..<tokens).map { key in
                    let score = (0..<width).reduce(0.0) {
                        $0 + element(query, 0, head, $1) * element(key, 1, head, $1)
                    }
                    return exp(score / Double(width).squareRoot())
                }
                let total = weights.reduce(0, +)
                for i in 0..<width {
                    let sum = (0..<tokens).reduce(0.0) {
                        $0 + weights[$1] * element($1, 2, head, i)
                    }
                    y.elements[query * features + head * width + i] = Float(sum / total)
                }
            }
        }
        return y
    }
}
