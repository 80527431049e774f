import Foundation
import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// What a stream of AV-PEA reads moves what stands for its whole by the message, class token or not.
@Suite struct AVPEAReadingTests {
    private static let width = 8

    /// softmax(c P̄ᵀ / √D) P̄ for one row of each, in double precision.
    private func message(_ c: [Float], _ patches: [[Float]]) -> [Double] {
        let scores = patches.map { patch in
            zip(c, patch).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                / Double(Self.width).squareRoot()
        }
        let weights = scores.map { exp($0 - (scores.max() ?? 0)) }
        let sum = weights.reduce(0, +)
        return (0..<Self.width).map { channel in
            zip(weights, patches).reduce(0) { $0 + $1.0 / sum * Double($1.1[channel]) }
        }
    }

    /// A class token, the mean of an AST's two special tokens, and the mean of all tokens.
    @Test(arguments: [
        (TokenPooling.row(0), 1, 0..<1), (.meanOfFirst(2), 2, 0..<2), (.mean, 0, 0..<6),
    ])
    func readingMovesTheWholeByTheMessage(pooling: TokenPooling, specials: Int, moved: Range<Int>) {
        let shape = StreamShape(widths: [Self.width], specials: specials, pooling: pooling)
        var generator = SplitMix64(seed: 3)
        let adapter = AVPEAAdapter(
            "adapter", Bottleneck.Configuration(width: Self.width, hidden: 4), other: Self.width,
            shapes: (shape, shape), AVPEASuffix.Attention(), using: &generator)
        let gate: Float = 0.7
        adapter.crossGate?.value.elements[0] = gate
        let x = Tensor.random(shape: [1, 6, Self.width], using: &generator)
        let other = Tensor.random(shape: [1, 6, Self.width], using: &generator)
        func rows(_ tensor: Tensor) -> [[Float]] {
            (0..<6).map { Array(tensor.elements[$0 * Self.width..<($0 + 1) * Self.width]) }
        }
        let (read, before, after) = withTape(recording: false) { tape in
            let state = tape.constant(x)
            let read = adapter.reading(state, tape.constant(other))
            return (read.value, pooling(state).value, pooling(read).value)
        }
        let expected = message(before.elements, Array(rows(other)[specials...]))
        for channel in 0..<Self.width {
            let shift = Double(gate) * expected[channel]
            let found = Double(after.elements[channel] - before.elements[channel])
            #expect(abs(found - shift) < 1e-5, "channel \(channel): \(found), not \(shift)")
        }
        for (token, pair) in zip(rows(x), rows(read)).enumerated() {
            #expect((pair.0 != pair.1) == moved.contains(token), "token \(token)")
        }
    }
}
