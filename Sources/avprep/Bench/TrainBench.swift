import Models
import Neural
import Tensors

/// Training steps of an AV-PEA ladder on made-up states that lie in memory.
final class TrainBench {
    /// Extents of a step.
    struct Extents {
        var batch = 8
        var segments = 10
        var patches = 49
        var features = 768
        var taps = 4

        /// Width of the side network.
        var width = 96
        var classes = 29

        var rows: Int { batch * segments }
    }

    private typealias Inputs = (variables: [Variable], targets: ClassTargets)

    let extents: Extents
    private let step: RecordedStep<Inputs>
    private let optimizer: AdamW
    private var batches: [[Tensor]]
    private let labels: [[Int]]
    private var number = 0

    /// Makes a network, and as many batches as are in memory; nothing is read while steps are timed.
    init(_ extents: Extents, batches count: Int, threads: Int) {
        self.extents = extents
        var generator = SplitMix64(seed: 1)
        let ladder = AVPEALadder(
            AVPEALadder.Configuration(
                visual: extents.features, audio: extents.features, width: extents.width,
                taps: extents.taps), using: &generator)
        let head = Linear(
            "head.classes", inputs: 2 * extents.features, outputs: extents.classes,
            using: &generator)
        step = RecordedStep(pool: WorkerPool(threads: threads)) { tape in
            let streams = (0..<2).map { _ in Self.states(extents, on: tape) }
            let targets = ClassTargets(count: extents.rows)
            let out = ladder(visual: streams[0], audio: streams[1])
            let logits = head(out.visual.concatenated(with: out.audio))
            let variables = streams.flatMap { stream in
                stream.taps.flatMap { [$0.classToken, $0.patches] }
                    + (stream.final.map { [$0] } ?? [])
            }
            return ((variables, targets), logits.softmaxCrossEntropy(targets))
        }
        optimizer = AdamW(
            ParameterGroup.decayingMatrices(
                of: ladder.parameters + head.parameters, learningRate: 1e-4, weightDecay: 0.01))
        batches = (0..<count).map { [step] _ in
            step.inputs.variables.map { Self.noise($0.shape, using: &generator) }
        }
        labels = (0..<count).map { index in
            (0..<extents.rows).map { ($0 + index) % extents.classes }
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

    private static func states(_ extents: Extents, on tape: Tape) -> StreamStates {
        StreamStates(
            taps: (0..<extents.taps).map { _ in
                StreamStates.Tap(
                    classToken: tape.input([extents.rows, extents.features]),
                    patches: tape.input([extents.rows, extents.patches, extents.features]))
            }, final: tape.input([extents.rows, extents.features]))
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
