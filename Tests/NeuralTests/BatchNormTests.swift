import Neural
import Tensors
import TestSupport
import Testing

@Suite struct BatchNormTests {
    /// Three steps of training, and then an evaluation that was recorded before them.
    @Test(arguments: [false, true])
    func runningMomentsAgreeWithPyTorch(isReplayed: Bool) throws {
        let reference = try Reference.tensors("operations"), norm = BatchNorm("norm", features: 5)
        func record(differentiated: Bool) -> RecordedStep<Variable> {
            RecordedStep(differentiated: differentiated, pool: .serial) { tape in
                let x = tape.input([4, 5])
                return (x, norm(x))
            }
        }
        let training = record(differentiated: true), evaluation = record(differentiated: false)
        for step in 0..<3 {
            let x = try reference.tensor("batchNorm/\(step)/x")
            let y: Tensor
            if isReplayed {
                training.inputs.set(x)
                training.replay()
                y = training.output.value
            } else {
                y = withTape { norm($0.constant(x)).value }
            }
            #expect(relativeError(y, try reference.tensor("batchNorm/\(step)/y")) < 2e-6)
            for buffer in norm.buffers {
                let key = buffer.name.dropFirst("norm.".count)
                let expected = try reference.tensor("batchNorm/\(step)/\(key)")
                #expect(relativeError(buffer.value, expected) < 1e-6, "\(key) of step \(step)")
            }
        }
        let x = try reference.tensor("batchNorm/0/x")
        let expected = try reference.tensor("batchNorm/evaluated")
        evaluation.inputs.set(x)
        evaluation.replay()
        #expect(relativeError(evaluation.output.value, expected) < 2e-6)
        #expect(
            relativeError(withTape(recording: false) { norm($0.constant(x)).value }, expected)
                < 2e-6)
    }

    @Test func evaluationChangesNothing() {
        let norm = BatchNorm("norm", features: 2), before = norm.buffers.map(\.value)
        let x = Tensor([1, 2, 5, 6], shape: [2, 2])
        withTape(recording: false) { #expect(norm($0.constant(x)).value != x) }
        #expect(norm.buffers.map(\.value) == before)
        _ = withTape { norm($0.constant(x)).value }
        #expect(norm.buffers.map(\.value) != before)
    }

    @Test func runningMomentsAreNoParameters() {
        let norm = BatchNorm("norm", features: 2)
        #expect(norm.parameters.map(\.name) == ["norm.weight", "norm.bias"])
        #expect(norm.buffers.map(\.name) == ["norm.running_mean", "norm.running_var"])
        #expect(norm.buffers.allSatisfy { !$0.isTrainable })
    }
}
