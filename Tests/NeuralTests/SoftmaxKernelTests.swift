import Foundation
import Tensors
import Testing

@testable import Neural

@Suite struct SoftmaxKernelTests {
    @Test(arguments: LayerNormTests.widths, [0.125, 1, 10] as [Float])
    func agreesWithTheFormula(width: Int, scale: Float) throws {
        var generator = SplitMix64(seed: UInt64(width))
        let x = Tensor.random(in: -4...4, shape: [3, width], using: &generator)
        var y = x
        Kernel.softmaxRows(of: &y, scale: scale)
        for row in 0..<3 {
            let row = row * width..<(row + 1) * width
            let weights = x.elements[row].map { exp(Double($0) * Double(scale)) }
            let total = weights.reduce(0, +)
            let errors = zip(y.elements[row], weights).map { abs(Double($0) - $1 / total) }
            #expect(try #require(errors.max()) < 1e-6)
        }
    }

    /// The largest element may be anywhere, and the next one in the same lane of a register.
    ///
    /// If both were overlooked, both exponentials would be cut off at the same value.
    @Test(arguments: 0..<64)
    func largestScoreIsFound(position: Int) {
        let next = (position + 16) % 64
        var x = Tensor(repeating: -1000, shape: [1, 64])
        x.elements[position] = 1000
        x.elements[next] = 990
        Kernel.softmaxRows(of: &x)
        let share = exp(-10.0) / (1 + exp(-10.0))
        #expect(abs(Double(x.elements[position]) - (1 - share)) < 1e-6)
        #expect(abs(Double(x.elements[next]) - share) < 1e-9)
    }
}
