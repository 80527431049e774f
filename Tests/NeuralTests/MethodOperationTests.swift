import Foundation
import Tensors
import TestSupport
import Testing

@testable import Neural

/// What is special about operations that methods and heads are made of.
@Suite struct MethodOperationTests {
    /// Far out, where they are flat, and around zero, where digits are lost easily.
    @Test(arguments: [-200, -30, -3, -0.7, -0.62, -0.1, -1e-5, 0, 1e-4, 0.3, 0.626, 2, 9, 100])
    func sigmoidAndTanhAgreeWithTheLibrary(x: Double) {
        let x = Double(Float(x))
        let (sigmoid, tanh) = withTape { tape in
            let x = tape.constant(Tensor(repeating: Float(x), shape: [17]))
            return (x.sigmoid().value.elements[3], x.tanh().value.elements[16])
        }
        #expect(abs(Double(tanh) - Foundation.tanh(x)) <= 2e-7 * abs(Foundation.tanh(x)))
        let expected = 1 / (1 + exp(-x))
        #expect(abs(Double(sigmoid) - expected) <= 5e-7 * expected + 2e-38)
    }

    @Test func whatIsMaskedIsExactlyZero() {
        let scores = Parameter("scores", Tensor([5, 1, 2, 3, 4, 6], shape: [2, 3]))
        let mask = Tensor(
            [0, -.infinity, 0, -.infinity, -.infinity, -.infinity], shape: [2, 3])
        let y = withTape { tape in
            let y = tape.variable(scores).softmax(mask: tape.constant(mask))
            tape.backward(from: y, cotangent: Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
            return y.value.elements
        }
        #expect(y[1] == 0 && y[3...] == [0, 0, 0])
        #expect(abs(y[0] - 1 / (1 + exp(-3))) < 1e-6)
        let gradient = scores.gradient?.elements ?? []
        #expect(gradient[1] == 0 && gradient[3...] == [0, 0, 0] && gradient[0] < 0)
    }

    /// A row of the mask belongs to a query, whichever batch and head.
    @Test func masksMayVaryFromReplayToReplay() {
        let x = Parameter("x", Tensor(shape: [2, 2, 2]))
        let step = RecordedStep(pool: .serial) { tape in
            let mask = tape.input([2, 2])
            return (mask, tape.variable(x).softmax(mask: mask))
        }
        step.inputs.set(Tensor([0, -.infinity, -.infinity, 0], shape: [2, 2]))
        step.replay()
        #expect(step.output.value.elements == [1, 0, 0, 1, 1, 0, 0, 1])
        step.inputs.set(Tensor([-.infinity, 0, 0, 0], shape: [2, 2]))
        step.replay()
        #expect(step.output.value.elements == [0, 1, 0.5, 0.5, 0, 1, 0.5, 0.5])
    }

    @Test func ofEqualElementsTheFirstAreTaken() {
        let x = Parameter("x", Tensor([2, 3, 3, 3, 1], shape: [1, 5, 1]))
        withTape { tape in
            let x = tape.variable(x), one = Tensor(repeating: 1, shape: [1, 1])
            tape.backward(from: x.maximumOverTokens(), cotangent: one)
        }
        #expect(x.gradient?.elements == [0, 1, 0, 0, 0])
        x.zeroGradient()
        withTape { tape in
            let y = tape.variable(x).meanOfLargest(4)
            #expect(y.value.elements == [11.0 / 4])
            tape.backward(from: y, cotangent: Tensor(repeating: 1, shape: [1, 1]))
        }
        #expect(x.gradient?.elements == [0.25, 0.25, 0.25, 0.25, 0])
    }

    @Test func whatIsNotANumberIsAMaximum() {
        let x = Tensor([2, .nan, 3, 1], shape: [1, 4, 1])
        #expect(withTape { $0.constant(x).maximumOverTokens().value.elements[0].isNaN })
    }

    @Test func numbersOfRowsMayVaryFromReplayToReplay() {
        let table = Parameter("table", Tensor([1, 2, 3], shape: [3, 1]))
        let step = RecordedStep(pool: .serial) { tape in
            let indices = tape.input([2, 2])
            return (indices, tape.variable(table).gatheredRows(indices))
        }
        #expect(step.output.shape == [2, 2, 1])
        for indices in [[0, 1, 2, 1], [2, 2, 0, 0]] as [[Float]] {
            step.inputs.set(Tensor(indices, shape: [2, 2]))
            step.replay()
            #expect(step.output.value.elements == indices.map { $0 + 1 })
        }
    }

    /// Certainties, right and wrong, where PyTorch bounds logarithms and what slopes are divided by.
    @Test func certaintiesHaveFiniteLosses() throws {
        let reference = try Reference.tensors("operations")
        let p = Parameter("p", try reference.tensor("clamped/p"))
        let cotangent = try reference.tensor("clamped/dy")
        let loss = withTape { tape in
            let targets = tape.constant(Tensor([1, 0, 0, 1, 1], shape: [5]))
            let loss = tape.variable(p).binaryCrossEntropy(targets: targets)
            tape.backward(from: loss, cotangent: cotangent)
            return loss.value
        }
        #expect(relativeError(loss, try reference.tensor("clamped/y")) < 1e-6)
        let gradient = try #require(p.gradient), expected = try reference.tensor("clamped/dp")
        for (gradient, expected) in zip(gradient.elements, expected.elements) {
            #expect(abs(gradient - expected) <= 1e-6 * abs(expected))
        }
    }

    /// ± 1/√(inputs of a group), as for a convolution.
    @Test(arguments: [1, 4])
    func groupedMapsAreDrawnByTheInputsOfAGroup(groups: Int) throws {
        var generator = SplitMix64(seed: 1)
        let layer = GroupedLinear(
            "l", inputs: 64, outputs: 128, groups: groups, using: &generator)
        #expect(layer.weight.value.shape == [128, 64 / groups])
        #expect(layer.parameters.map(\.name) == ["l.weight", "l.bias"])
        let bound = (Float(groups) / 64).squareRoot()
        for parameter in layer.parameters {
            let largest = try #require(parameter.value.elements.map(abs).max())
            #expect(largest <= bound && largest > 0.9 * bound, "\(parameter.name)")
        }
    }

    /// Every kernel has several pieces, the last of them a part of one.
    @Test func theNumberOfThreadsDoesNotShow() throws {
        #expect(try pass(on: WorkerPool(threads: 2)) == pass(on: .serial))
    }

    private func pass(on pool: WorkerPool) throws -> [Tensor] {
        var generator = SplitMix64(seed: 4)
        let x = Parameter("x", .random(shape: [3, 211, 160], using: &generator))
        let keys = Parameter("keys", .random(shape: [300, 160], using: &generator))
        let row = Parameter("row", .random(shape: [160], using: &generator))
        let map = GroupedLinear(
            "map", inputs: 160, outputs: 160, groups: 4, using: &generator)
        let y = withTape(pool: pool) { tape in
            let x = tape.variable(x), keys = tape.variable(keys)
            let selected = x.normalisedRows().product(
                with: keys.normalisedRows(), transposed: true
            ).softmax(scale: 4).rowShares()
            let mixed = selected.product(with: keys) - map(x).tanh().times(0.5)
            let own = mixed.multiplyingRows(by: tape.variable(row)).sigmoid() * x
            let scores = own.batchedProduct(with: mixed, transposed: true, scale: 0.1)
                .softmax(mask: tape.constant(Tensor(shape: [211, 211])))
            let read = scores.batchedProduct(with: x).addingToRows(tape.variable(row))
            let y = read.concatenatedTokens(with: keys.repeatedOverBatch(3))
                .scalingRows(by: tape.constant(Tensor(repeating: 0.5, shape: [3, 511])))
                .meanOfLargest(20)
            tape.backward(from: y, cotangent: Tensor(repeating: 1, shape: y.shape))
            return y.value
        }
        return try [y] + ([x, keys, row] + map.parameters).map { try #require($0.gradient) }
    }
}
