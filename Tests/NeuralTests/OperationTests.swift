import Neural
import Tensors
import TestSupport
import Testing

/// What holds for every operation.
@Suite struct OperationTests {
    @Test(arguments: OperationCase.all)
    func valueAndGradientsAgreeWithPyTorch(operation: OperationCase) throws {
        let reference = try Reference.tensors(operation.file)
        let operands = try operation.operands()
        let cotangent = try reference.tensor("\(operation.name)/dy")
        let y = withTape { tape in
            let y = operation.apply(to: operands, on: tape).y
            tape.backward(from: y, cotangent: cotangent)
            return y.value
        }
        #expect(relativeError(y, try reference.tensor("\(operation.name)/y")) < 2e-6)
        for operand in operands {
            let expected = try reference.tensor("\(operation.name)/d\(operand.name)")
            let gradient = try #require(operand.gradient)
            #expect(relativeError(gradient, expected) < 5e-6, "gradient of \(operand.name)")
        }
    }

    /// Each variable is used a second time, afterwards, with slope 1: it is appended to the output.
    ///
    /// That shows an assignment where there should be an addition, as `x + f(x)` does where shapes
    /// allow it.
    @Test(arguments: OperationCase.all)
    func gradientsAgreeWithDifferences(operation: OperationCase) throws {
        let operands = try operation.operands()
        expectGradients(of: operands, recording: true) { tape in
            let (y, variables) = operation.apply(to: operands, on: tape)
            return variables.reduce(y.reshaped(to: [y.value.count])) { joined, x in
                joined.concatenated(with: x.reshaped(to: [x.value.count]))
            }
        }
    }

    @Test(arguments: OperationCase.all)
    func constantsLeaveNoTrace(operation: OperationCase) throws {
        let operands = try operation.operands(isTrainable: false)
        withTape { #expect(!operation.apply(to: operands, on: $0).y.needsGradient) }
    }

    /// Each operand alone is trainable, so that each pullback meets inputs that need no gradient.
    @Test(arguments: OperationCase.all)
    func frozenOperandsReceiveNoGradient(operation: OperationCase) throws {
        let count = operation.inputs.count
        for trainable in 0..<count {
            let operands = try operation.operands(isTrainable: false)
            operands[trainable].isTrainable = true
            withTape { tape in
                let y = operation.apply(to: operands, on: tape).y
                tape.backward(from: y, cotangent: Tensor(repeating: 1, shape: y.shape))
            }
            for index in 0..<count {
                #expect((operands[index].gradient != nil) == (index == trainable))
            }
        }
    }
}
