import Neural
import Tensors
import TestSupport
import Testing

@testable import Models

/// A whole training beside PyTorch's, made by `tools/references/trajectory.py`.
///
/// AdamW in four groups with warm-up, cosine decay, clipping, and accumulation over two micro-batches
/// of unequal size, each with a step that was recorded once.
@Suite struct TrajectoryTests {
    /// What is set before a replay of one stream.
    private struct Stream {
        let taps: [StreamStates.Tap]
        let final: Variable

        init(_ tape: Tape, rows: Int, width: Int, patches: Int) {
            taps = (0..<3).map { _ in
                StreamStates.Tap(
                    classToken: tape.input([rows, width]),
                    patches: tape.input([rows, patches, width]))
            }
            final = tape.input([rows, width])
        }

        var states: StreamStates { StreamStates(taps: taps, final: final) }

        func set(_ name: String, of file: SafeTensors, rows: Range<Int>) throws {
            for (index, tap) in taps.enumerated() {
                tap.classToken.set(
                    try file.tensor("input/tap.\(index).\(name).class").rows(rows))
                tap.patches.set(
                    try file.tensor("input/tap.\(index).\(name).patches").rows(rows))
            }
            final.set(try file.tensor("input/final.\(name)").rows(rows))
        }
    }

    private typealias Step = RecordedStep<(visual: Stream, audio: Stream, targets: ClassTargets)>

    private let file: SafeTensors
    private let ladder: AVPEALadder
    private let head: [Linear]

    private var headParameters: [Parameter] { head.flatMap(\.parameters) }
    private var parameters: [Parameter] { ladder.parameters + headParameters }

    init() throws {
        file = try Reference.tensors("trajectory")
        var generator = SplitMix64(seed: 1)
        ladder = AVPEALadder(
            AVPEALadder.Configuration(visual: 24, audio: 20, width: 8, taps: 3), using: &generator)
        head = [
            Linear("head.hidden", inputs: 44, outputs: 16, using: &generator),
            Linear("head.classes", inputs: 16, outputs: 5, using: &generator),
        ]
        for parameter in parameters { parameter.value = try value("start", of: parameter) }
    }

    /// A parameter's value in the reference, which stores matrices as `[outputs, inputs]`.
    private func value(_ prefix: String, of parameter: Parameter) throws -> Tensor {
        let stored = try file.tensor("\(prefix)/\(parameter.name)")
        guard parameter.value.shape.count == 2 else {
            return Tensor(stored.elements, shape: parameter.value.shape)
        }
        return stored.transposed
    }

    private func step(_ ladder: AVPEALadder, rows: Int, pool: WorkerPool) -> Step {
        RecordedStep(pool: pool) { tape in
            let visual = Stream(tape, rows: rows, width: 24, patches: 5)
            let audio = Stream(tape, rows: rows, width: 20, patches: 4)
            let targets = ClassTargets(count: rows)
            let out = ladder([.visual: visual.states, .audio: audio.states])
            let logits = head[1](head[0](out.joined()))
            return ((visual, audio, targets), logits.softmaxCrossEntropy(targets))
        }
    }

    /// How far a training is from PyTorch's.
    private struct Distance {
        /// Relative, of the losses of all steps, and L2 of the parameters at the end.
        var loss = 0.0
        var norm = 0.0
        var parameters: [String: Double] = [:]

        var isAgreement: Bool {
            loss < 1e-4 && norm < 1e-3 && parameters.values.allSatisfy { $0 < 1e-3 }
        }
    }

    @Test func fiftyStepsAgreeWithPyTorch() throws {
        let distance = try train()
        #expect(distance.isAgreement, "\(distance)")
    }

    /// What a missing bias gradient does to the agreement.
    @Test func missingBiasGradientIsNoticed() throws {
        let distance = try train { parameters in
            for parameter in parameters where parameter.name.hasSuffix("down.bias") {
                parameter.zeroGradient()
            }
        }
        #expect(!distance.isAgreement && distance.loss > 1e-3, "\(distance)")
    }

    /// What a dropped 1/√d in the attention does to it.
    @Test func droppedScaleIsNoticed() throws {
        let distance = try train(attentionScale: 1)
        #expect(!distance.isAgreement && distance.loss > 1e-3, "\(distance)")
    }

    private func train(
        attentionScale: Float? = nil, changingGradients: ([Parameter]) -> Void = { _ in }
    ) throws -> Distance {
        var distance = Distance()
        var ladder = ladder
        if let attentionScale { ladder.scale = attentionScale }
        let steps = [8, 4].map { step(ladder, rows: $0, pool: .serial) }
        let targets = try file.tensor("input/targets").elements.map { Int($0) }
        let losses = try file.tensor("loss").elements, norms = try file.tensor("norm").elements
        let schedule = LearningRateSchedule.warmupCosine(warmup: 5, total: 50)
        let optimizer = AdamW(
            ParameterGroup.decayingMatrices(
                of: ladder.parameters, learningRate: 2e-3, weightDecay: 0.05)
                + ParameterGroup.decayingMatrices(
                    of: headParameters, learningRate: 5e-3, weightDecay: 0.05))
        for index in 0..<50 {
            optimizer.zeroGradients()
            var start = index % 2 * 12, loss = 0.0
            for (step, count) in zip(steps, [8, 4]) {
                let rows = start..<start + count, share = Float(count) / 12
                try step.inputs.visual.set("visual", of: file, rows: rows)
                try step.inputs.audio.set("audio", of: file, rows: rows)
                step.inputs.targets.set(Array(targets[rows]))
                loss += Double(step.replay() * share)
                step.backward(weight: share)
                start += count
            }
            changingGradients(parameters)
            let norm = clipGradientNorm(optimizer.parameters, maximum: 0.5)
            optimizer.step(factor: schedule(step: index))
            let expected = Double(losses[index])
            distance.loss = max(distance.loss, abs(loss - expected) / expected)
            distance.norm = max(distance.norm, abs(norm - Double(norms[index])) / norm)
        }
        for parameter in parameters {
            distance.parameters[parameter.name] = relativeError(
                parameter.value, try value("final", of: parameter))
        }
        return distance
    }
}

extension Tensor {
    /// Some rows along the first axis.
    fileprivate func rows(_ range: Range<Int>) -> Tensor {
        let size = count / shape[0]
        return Tensor(
            Array(elements[range.lowerBound * size..<range.upperBound * size]),
            shape: [range.count] + shape.dropFirst())
    }
}
