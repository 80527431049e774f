import Models
import Neural
import Tensors

/// Training steps on made-up states that lie in memory, under a linear probe.
final class TrainBench {
    /// What is trained beside the probe.
    struct Network {
        /// Rows of a step, a segment each, and the features that the probe reads of each.
        var rows: Int
        var features: Int

        var parameters: [Parameter]

        /// Records the features, `[rows, features]`, of states that `input` makes room for.
        var record: (_ input: (_ shape: [Int]) -> Variable) -> Variable
    }

    private typealias Inputs = (variables: [Variable], targets: ClassTargets)

    private static let classes = 29

    /// Number of trained elements.
    let parameterCount: Int

    private let step: RecordedStep<Inputs>
    private let optimizer: AdamW
    private var batches: [[Tensor]]
    private let labels: [[Int]]
    private var number = 0

    /// Makes as many batches as are in memory; nothing is read while steps are timed.
    init(
        _ network: Network, batches count: Int, threads: Int, using generator: inout SplitMix64
    ) {
        let head = Linear(
            "head.classes", inputs: network.features, outputs: Self.classes, using: &generator)
        step = RecordedStep(pool: WorkerPool(threads: threads)) { tape in
            var variables: [Variable] = []
            let features = network.record { shape in
                variables.append(tape.input(shape))
                return variables[variables.count - 1]
            }
            let targets = ClassTargets(count: network.rows)
            return ((variables, targets), head(features).softmaxCrossEntropy(targets))
        }
        let parameters = network.parameters + head.parameters
        parameterCount = parameters.map(\.value.count).reduce(0, +)
        optimizer = AdamW(
            ParameterGroup.decayingMatrices(
                of: parameters, learningRate: 1e-4, weightDecay: 0.01))
        batches = (0..<count).map { [step] _ in
            step.inputs.variables.map { Self.noise($0.shape, using: &generator) }
        }
        labels = (0..<count).map { index in
            (0..<network.rows).map { ($0 + index) % Self.classes }
        }
    }

    /// Numbers in −1..<1; there are so many that the standard library's ways take minutes.
    private static func noise(_ shape: [Int], using generator: inout SplitMix64) -> Tensor {
        var tensor = Tensor(shape: shape)
        for i in tensor.elements.indices {
            let bits = Int32(truncatingIfNeeded: generator.next() >> 32)
            tensor.elements[i] = Float(bits) * 0x1p-31
        }
        return tensor
    }

    /// Bytes of the step, its inputs included.
    var bytes: Int { step.bytes }

    /// Takes steps: loss, gradients, clipping to a norm of 1 and AdamW.
    ///
    /// Returns the last loss.
    func run(steps: Int) -> Float {
        var loss: Float = 0
        for _ in 0..<steps {
            let index = number % batches.count
            number += 1
            exchange(index)
            step.inputs.targets.set(labels[index])
            optimizer.zeroGradients()
            loss = step.replay()
            step.backward()
            clipGradientNorm(optimizer.parameters, maximum: 1)
            optimizer.step()
            exchange(index)
        }
        return loss
    }

    private func exchange(_ batch: Int) {
        for (index, variable) in step.inputs.variables.enumerated() {
            variable.exchange(&batches[batch][index])
        }
    }
}
