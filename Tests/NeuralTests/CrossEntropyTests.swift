import Neural
import Tensors
import Testing

@Suite struct CrossEntropyTests {
    /// By hand: −log ½, −log ¼.
    @Test func lossIsTheMeanOverRows() {
        let logits = Tensor([0, 0, -1000, -1000, 5, 5, 5, 5], shape: [2, 4])
        #expect(abs(loss(logits, [1, 2]) - 1.5 * 0.693_147_2) < 1e-6)
    }

    @Test func rowsOfWeightZeroCountForNothing() {
        let logits = Tensor([0, 0, 3, -9], shape: [2, 2])
        #expect(abs(loss(logits, [0, -1], weights: [2, 0]) - 0.693_147_2) < 1e-6)
        #expect(loss(logits, [-1, 5], weights: [0, 0]) == 0)
    }

    /// The target's probability is far below what single precision holds.
    @Test func hopelessTargetsHaveAFiniteLoss() {
        #expect(loss(Tensor([500, -500], shape: [1, 2]), [1]) == 1000)
        #expect(loss(Tensor([500, -500], shape: [1, 2]), [0]) == 0)
    }

    @Test func predictionsAreTheLargestColumns() {
        let logits = Tensor([1, 3, 2, 7, 7, 0, -3, -2, -1], shape: [3, 3])
        #expect(logits.largestColumns() == [1, 0, 2])
        let p = Tensor([0, 0, 0, 0], shape: [2, 2]).softmax()
        #expect(p == Tensor(repeating: 0.5, shape: [2, 2]))
    }

    private func loss(_ logits: Tensor, _ targets: [Int], weights: [Float]? = nil) -> Float {
        withTape {
            $0.constant(logits).softmaxCrossEntropy(targets: targets, weights: weights)
                .value.elements[0]
        }
    }
}
