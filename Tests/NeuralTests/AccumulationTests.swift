import Tensors
import TestSupport
import Testing

@testable import Neural

/// Gradients of micro-batches add up to those of the large batch, noise included.
@Suite struct AccumulationTests {
    private let norm = LayerNorm("norm", features: 24)
    private let up: Linear
    private let down: Linear
    private let x: Tensor

    private var parameters: [Parameter] {
        norm.parameters + up.parameters + down.parameters
    }

    /// Eight samples of five rows.
    init() {
        var generator = SplitMix64(seed: 2)
        up = Linear("up", inputs: 24, outputs: 40, using: &generator)
        down = Linear("down", inputs: 40, outputs: 6, using: &generator)
        x = .random(shape: [8, 5 * 24], using: &generator)
    }

    /// Loss, whose gradients are added to those there are.
    private func pass(_ samples: [Int], of count: Int) -> Float {
        let noise = SampleNoise(seed: 11, epoch: 4, samples: samples.map(UInt64.init))
        let step = RecordedStep(pool: .serial, noise: noise) { tape in
            let rows = tape.input([5 * samples.count, 24])
            let targets = ClassTargets(count: 5 * samples.count)
            let hidden = norm(rows).dropout(0.2)
            let logits = down(up(hidden).gelu().dropout(0.4))
            return ((rows, targets), logits.softmaxCrossEntropy(targets))
        }
        let elements = samples.flatMap { Array(x.elements[$0 * 120..<($0 + 1) * 120]) }
        step.inputs.0.set(Tensor(elements, shape: step.inputs.0.shape))
        step.inputs.1.set(samples.flatMap { sample in (0..<5).map { (sample + $0) % 6 } })
        let share = Float(samples.count) / Float(count)
        let loss = step.replay()
        step.backward(weight: share)
        return loss * share
    }

    @Test(arguments: [
        [[0, 1, 2, 3], [4, 5, 6, 7]], [[3], [7, 1, 0], [2, 6, 4, 5]], [[7, 6, 5, 4, 3, 2, 1, 0]],
    ])
    func microBatchesEqualTheLargeBatch(parts: [[Int]]) throws {
        let whole = pass(Array(0..<8), of: 8)
        let expected = try parameters.map { try #require($0.gradient) }
        parameters.forEach { $0.zeroGradient() }
        let loss = parts.reduce(0) { $0 + pass($1, of: 8) }
        #expect(abs(loss - whole) <= 1e-6 * whole)
        for (parameter, expected) in zip(parameters, expected) {
            let error = relativeError(try #require(parameter.gradient), expected)
            #expect(error < 1e-6, "\(parameter.name): \(error)")
        }
    }
}
