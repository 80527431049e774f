import Tensors
import TestSupport
import Testing

@testable import Neural

@Suite struct AdamWTests {
    /// A classifier of two layers, as in `training` of `tools/references/neural.py`.
    private struct Run {
        let reference: SafeTensors
        let names = ["up.weight", "up.bias", "down.weight", "down.bias"]
        let parameters: [Parameter]
        let x: Tensor
        let labels: [Int]
        let schedule = LearningRateSchedule.warmupCosine(warmup: 10, total: 50)

        init() throws {
            let reference = try Reference.tensors("neural")
            self.reference = reference
            parameters = try names.map {
                Parameter($0, try reference.tensor("training/initial/\($0)"))
            }
            x = try reference.tensor("training/x")
            labels = try reference.tensor("training/labels").elements.map { Int($0) }
        }

        func optimiser() -> AdamW {
            AdamW([
                ParameterGroup(
                    [parameters[0], parameters[2]], learningRate: 0.02, weightDecay: 0.1),
                ParameterGroup([parameters[1], parameters[3]], learningRate: 0.01),
            ])
        }

        func step(_ index: Int, _ optimiser: AdamW) -> (loss: Float, norm: Double) {
            optimiser.zeroGradients()
            let loss = withTape { tape in
                let hidden = tape.constant(x).linear(parameters[0], bias: parameters[1]).gelu()
                let logits = hidden.linear(parameters[2], bias: parameters[3])
                let loss = logits.softmaxCrossEntropy(targets: labels)
                tape.backward(from: loss)
                return loss.value.elements[0]
            }
            let norm = clipGradientNorm(optimiser.parameters, maximum: 0.3)
            optimiser.step(factor: schedule(step: index))
            return (loss, norm)
        }
    }

    @Test func fiftyStepsAgreeWithPyTorch() throws {
        let run = try Run(), optimiser = run.optimiser()
        let losses = try run.reference.tensor("training/losses").elements
        let norms = try run.reference.tensor("training/norms").elements
        for index in 0..<50 {
            let (loss, norm) = run.step(index, optimiser)
            #expect(abs(loss - losses[index]) < 1e-4 * losses[index], "loss of step \(index)")
            #expect(abs(Float(norm) - norms[index]) < 1e-3 * norms[index], "norm of step \(index)")
        }
        for (name, parameter) in zip(run.names, run.parameters) {
            let final = try run.reference.tensor("training/final/\(name)")
            #expect(relativeError(parameter.value, final) < 1e-3, "\(name)")
            let moments = try #require(optimiser.moments(of: name))
            let first = try run.reference.tensor("training/first/\(name)")
            let second = try run.reference.tensor("training/second/\(name)")
            #expect(relativeError(moments.first, first) < 1e-3, "\(name)")
            #expect(relativeError(moments.second, second) < 1e-3, "\(name)")
        }
    }

    @Test func restoredRunContinuesWithTheSameBits() throws {
        let whole = try Run(), optimiser = whole.optimiser()
        for index in 0..<20 { _ = whole.step(index, optimiser) }

        let first = try Run(), before = first.optimiser()
        for index in 0..<12 { _ = first.step(index, before) }
        let second = try Run(), after = second.optimiser()
        for (from, to) in zip(first.parameters, second.parameters) { to.value = from.value }
        try after.restore(before.state)
        for index in 12..<20 { _ = second.step(index, after) }

        #expect(second.parameters.map(\.value) == whole.parameters.map(\.value))
        #expect(after.state.map(\.name) == optimiser.state.map(\.name))
        #expect(after.state.map(\.value) == optimiser.state.map(\.value))
    }

    @Test(arguments: [
        (["p.first"], "it has no tensor 'p.second'"),
        (["p.first", "p.second"], "it has no tensor 'p.steps'"),
        (["q.steps"], "'q.steps' belongs to no parameter"),
        (["p.steps"], "it has no tensor 'p.first'"),
    ])
    func stateThatDoesNotFitIsRefused(names: [String], reason: String) {
        let optimiser = AdamW([
            ParameterGroup([Parameter("p", Tensor(shape: [2]))], learningRate: 1)
        ])
        let error = #expect(throws: OptimizerStateError.self) {
            try optimiser.restore(names.map { ($0, Tensor(shape: [2])) })
        }
        #expect(error?.description == "cannot restore the optimiser: \(reason)")
    }

    @Test func stateOfAnotherShapeIsRefused() {
        let optimiser = AdamW([
            ParameterGroup([Parameter("p", Tensor(shape: [2]))], learningRate: 1)
        ])
        let error = #expect(throws: OptimizerStateError.self) {
            try optimiser.restore([("p.first", Tensor(shape: [3]))])
        }
        #expect(error?.reason == "'p.first' has shape [3], not [2]")
    }

    @Test func parametersWithoutGradientStayAsTheyAre() {
        let frozen = Parameter("frozen", Tensor([1], shape: [1]), isTrainable: false)
        let unused = Parameter("unused", Tensor([2], shape: [1]))
        AdamW([ParameterGroup([frozen, unused], learningRate: 0.1, weightDecay: 0.5)]).step()
        #expect(frozen.value.elements == [1] && unused.value.elements == [2])
    }

    /// By hand: decay takes 0.1 · 0.5 of 2, and the first update is of size η.
    @Test func firstStepHasTheSizeOfTheRate() throws {
        let p = Parameter("p", Tensor([2, 2], shape: [2]))
        withTape { $0.backward(from: $0.variable(p), cotangent: Tensor([3, -7], shape: [2])) }
        AdamW([ParameterGroup([p], learningRate: 0.1, weightDecay: 0.5)]).step()
        #expect(abs(p.value.elements[0] - 1.8) < 1e-6)
        #expect(abs(p.value.elements[1] - 2.0) < 1e-6)
    }
}
