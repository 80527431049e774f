import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Neural

private let levels = InstructionLevel.allCases.filter { $0 <= .highest }

@Suite struct FrozenAttentionTests {
    /// What attention has beside queries, keys and values.
    enum Kind: CaseIterable {
        case plain, causal, cosine, biased, masked, everything

        func attention(heads: Int, width: Int, tokens: Int) -> FrozenAttention {
            var attention = FrozenAttention(heads: heads, headWidth: width)
            var generator = SplitMix64(seed: 5)
            attention.isCausal = self == .causal || self == .everything
            if self == .cosine || self == .everything {
                attention.isCosine = true
                attention.scales = (0..<heads).map { 3 + 2 * Float($0) }
            }
            if self == .biased || self == .everything {
                attention.bias = .random(
                    in: -2...2, shape: [heads, tokens, tokens], using: &generator)
            }
            if self == .masked || self == .everything {
                var masks = Tensor(shape: [2, tokens, tokens])
                for i in masks.elements.indices where i % 3 == 1 { masks.elements[i] = -100 }
                for i in masks.elements.indices where i % 7 == 2 {
                    masks.elements[i] = -.infinity
                }
                // Every query sees itself, or softmax would be of nothing.
                for i in 0..<2 * tokens {
                    masks.elements[i * tokens + i % tokens] = 0
                }
                attention.masks = masks
            }
            return attention
        }
    }

    /// Numbers of tokens around a register, a tile and a panel of queries.
    @Test(arguments: Kind.allCases, levels)
    func agreesWithTheFormula(kind: Kind, level: InstructionLevel) {
        let sizes = [
            (1, 8), (2, 32), (15, 24), (16, 16), (17, 33), (24, 8), (25, 64), (49, 32), (64, 72),
            (97, 17), (197, 64),
        ]
        for (tokens, width) in sizes {
            let heads = tokens < 50 ? 3 : 1, sequences = tokens < 20 ? 3 : 1
            var attention = kind.attention(heads: heads, width: width, tokens: tokens)
            attention.level = level
            let qkv = input(rows: sequences * tokens, features: heads * width)
            let patterns = attention.masks == nil ? [] : (0..<sequences).map { ($0 + 1) % 2 }
            let y = attend(qkv, attention, sequences, patterns)
            let expected = naive(qkv, attention, sequences, patterns)
            #expect(relativeError(y, expected) < 2e-6, "\(tokens) \(width)")
        }
    }

    @Test func memoryIsUsedAgain() {
        let workspace = Workspace()
        let long = input(rows: 200, features: 24), short = input(rows: 40, features: 24)
        let attention = FrozenAttention(heads: 2, headWidth: 12)
        let fresh = attend(short, attention)
        _ = attend(long, attention, in: workspace)
        #expect(attend(short, attention, in: workspace) == fresh)
    }

    @Test func sequencesDoNotSeeEachOther() {
        let attention = FrozenAttention(heads: 2, headWidth: 32)
        let qkv = input(rows: 5 * 49, features: 64), y = attend(qkv, attention, 5)
        for sequence in 0..<5 {
            let rows = sequence * 49 * 192..<(sequence + 1) * 49 * 192
            let one = attend(Tensor(Array(qkv.elements[rows]), shape: [49, 192]), attention)
            #expect(
                one.elements
                    == Array(y.elements[sequence * 49 * 64..<(sequence + 1) * 49 * 64]))
        }
    }

    @Test(arguments: [2, 3])
    func threadsGetTheSameBits(threads: Int) {
        let attention = FrozenAttention(heads: 4, headWidth: 8)
        let images = (0..<8).map { input(rows: 150 + $0, features: 32) }
        let results = Mutex([Tensor?](repeating: nil, count: images.count))
        WorkerPool(threads: threads).forEach(images.count) { index in
            let y = attend(images[index], attention)
            results.withLock { $0[index] = y }
        }
        #expect(results.withLock { $0 } == images.map { attend($0, attention) })
    }

    private func attend(
        _ qkv: Tensor, _ attention: FrozenAttention, _ sequences: Int = 1, _ patterns: [Int] = [],
        in workspace: Workspace = Workspace()
    ) -> Tensor {
        let rows = Activations(.f32), output = Activations(.f32)
        rows.load(qkv)
        attention.apply(
            rows, sequences: sequences, patterns: patterns, to: output, in: workspace)
        return output.tensor
    }

    private func input(rows: Int, features: Int) -> Tensor {
        var generator = SplitMix64(seed: UInt64(rows))
        return .random(in: -3...3, shape: [rows, 3 * features], using: &generator)
    }

    /// The definition, in double precision and without regard to speed.
    private func naive(
        _ qkv: Tensor, _ attention: FrozenAttention, _ sequences: Int, _ patterns: [Int]
    ) -> Tensor {
        let tokens = qkv.rows / sequences, features = attention.width
        let width = attention.headWidth
        var y = Tensor(shape: [qkv.rows, features])
        for (sequence, head) in (0..<sequences).flatMap({ s in
            (0..<attention.heads).map { (s, $0) }
        }) {
            func row(_ token: Int, _ part: Int) -> [Double] {
                let start =
                    (sequence * tokens + token) * 3 * features + part * features + head * width
                let row = qkv.elements[start..<start + width].map(Double.init)
                let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
                return attention.isCosine && part < 2 ? row.map { $0 / length } : row
            }
            let (queries, keys, values) = (
                (0..<tokens).map { row($0, 0) }, (0..<tokens).map { row($0, 1) },
                (0..<tokens).map { row($0, 2) }
            )
            for query in 0..<tokens {
                let scores = (0..<tokens).map { key -> Double in
                    if attention.isCausal, key > query { return -.infinity }
                    var score = zip(queries[query], keys[key]).reduce(0) { $0 + $1.0 * $1.1 }
                    score *= Double(attention.scales[head])
                    let place = query * tokens + key, plane = tokens * tokens
                    if let bias = attention.bias {
                        score += Double(bias.elements[head * plane + place])
                    }
                    if let masks = attention.masks {
                        score += Double(masks.elements[patterns[sequence] * plane + place])
                    }
                    return score
                }
                let largest = scores.max()!
                let weights = scores.map { exp($0 - largest) }
                let total = weights.reduce(0, +)
                for i in 0..<width {
                    let sum = (0..<tokens).reduce(0.0) { $0 + weights[$1] * values[$1][i] }
                    y.elements[(sequence * tokens + query) * features + head * width + i] =
                        Float(sum / total)
                }
            }
        }
        return y
    }
}
