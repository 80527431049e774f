import Foundation
import Neural
import Tensors
import TestSupport
import Testing

/// The cross-entropy with targets that carry every weight, against sums in double precision.
@Suite struct TargetCrossEntropyTests {
    private func logits() -> Tensor {
        var generator = SplitMix64(seed: 3)
        return .random(in: -4...4, shape: [5, 7], using: &generator)
    }

    private func targets() -> Tensor {
        var generator = SplitMix64(seed: 4)
        return .random(in: 0...0.3, shape: [5, 7], using: &generator)
    }

    private func loss(_ logits: Tensor, _ targets: Tensor) -> Float {
        withTape { tape in
            tape.constant(logits).crossEntropy(targets: tape.constant(targets)).value.elements[0]
        }
    }

    @Test func lossIsTheSumOverAllTargets() {
        let (x, t) = (logits(), targets())
        var expected = 0.0
        for row in 0..<5 {
            let scores = (0..<7).map { Double(x.elements[row * 7 + $0]) }
            let sum = log(scores.map { exp($0) }.reduce(0, +))
            for c in 0..<7 { expected += Double(t.elements[row * 7 + c]) * (sum - scores[c]) }
        }
        #expect(abs(Double(loss(x, t)) - expected) < 1e-6 * expected)
    }

    /// One label for each row, as a mean.
    @Test func labelsAreTargetsOfOneClass() {
        let labels = [3, 0, 6, 1, 1], x = logits()
        var t = Tensor(shape: [5, 7])
        for (row, label) in labels.enumerated() { t.elements[row * 7 + label] = 0.2 }
        let expected = withTape {
            $0.constant(x).softmaxCrossEntropy(targets: labels).value.elements[0]
        }
        #expect(abs(loss(x, t) - expected) < 1e-6)
    }

    @Test func gradientsAgreeWithDifferences() {
        let x = Parameter("x", logits()), targets = targets()
        expectGradients(of: [x]) { tape in
            tape.variable(x).crossEntropy(targets: tape.constant(targets))
        }
    }

    @Test func rowsWithoutTargetsCountForNothing() {
        var t = targets()
        for c in 0..<7 { t.elements[c] = 0 }
        var x = logits()
        let before = loss(x, t)
        x.elements[3] += 100
        #expect(loss(x, t) == before)
        #expect(loss(x, Tensor(shape: [5, 7])) == 0)
    }

    /// The target's probability is far below what single precision holds.
    @Test func hopelessTargetsHaveAFiniteLoss() {
        let x = Tensor([500, -500], shape: [1, 2])
        #expect(loss(x, Tensor([0, 1], shape: [1, 2])) == 1000)
        #expect(loss(x, Tensor([.init(0.5), 0.5], shape: [1, 2])) == 500)
        #expect(loss(Tensor([.nan, 0], shape: [1, 2]), Tensor([1, 0], shape: [1, 2])).isNaN)
    }
}
