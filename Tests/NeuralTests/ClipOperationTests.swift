import Neural
import Tensors
import TestSupport
import Testing

/// Operations that choose, exclude and stop gradients.
@Suite struct ClipOperationTests {
    @Test func largestAreNumberedFromTheLargestDown() {
        withTape { tape in
            let x = tape.constant(Tensor([3, 9, 1, 9, -2, -2, -5, -1], shape: [2, 4]))
            #expect(x.indicesOfLargest(3).value == Tensor([1, 3, 0, 3, 0, 1], shape: [2, 3]))
        }
    }

    @Test func masksSayWhatIsThere() {
        withTape { tape in
            let lengths = tape.constant(Tensor([3, 1], shape: [2]))
            #expect(lengths.tokenMask(of: 3).value == Tensor([1, 1, 1, 1, 0, 0], shape: [2, 3]))
            let valid = tape.constant(Tensor([1, 0, 1, 1, 1, 0], shape: [2, 3]))
            let out = -Float.infinity
            #expect(
                valid.keyMask(queries: 3, reach: 1, others: 1).value
                    == Tensor(
                        [
                            0, out, out, 0, 0, out, 0, 0, out, out, 0, 0,
                            0, 0, out, 0, 0, 0, out, 0, out, 0, out, 0,
                        ], shape: [2, 3, 4]))
            #expect(
                valid.keyMask(queries: 1).value
                    == Tensor([0, out, 0, 0, 0, out], shape: [2, 1, 3]))
        }
    }

    /// What is detached is computed anew with each replay, and no gradient flows through it.
    @Test func gradientEndsWhereItIsDetached() {
        let x = Parameter("x", Tensor([2, -3], shape: [2]))
        let step = RecordedStep(pool: .serial) { tape in
            let y = tape.variable(x).times(3)
            let product = (y * y.detached()).reshaped(to: [1, 2, 1])
            return ((), product.meanOverTokens().times(2).reshaped(to: []))
        }
        for value in [Tensor([2, -3], shape: [2]), Tensor([5, 1], shape: [2])] {
            x.value = value
            x.zeroGradient()
            let squares = value.elements.map { 9 * $0 * $0 }
            #expect(step.replay() == squares[0] + squares[1])
            step.backward()
            // Of 9 x² with one factor held: 9 x.
            #expect(x.gradient == Tensor(value.elements.map { 9 * $0 }, shape: [2]))
        }
    }

    @Test func normalDeviatesHaveTheirDeviation() {
        var generator = SplitMix64(seed: 3)
        let x = Tensor.normal(deviation: 0.02, shape: [100, 100], using: &generator).elements
        let mean = x.reduce(0, +) / 1e4, square = x.map { $0 * $0 }.reduce(0, +) / 1e4
        #expect(abs(mean) < 1e-3 && abs(square.squareRoot() - 0.02) < 5e-4)
        let wide = Tensor.normal(deviation: 2, shape: [1000], using: &generator).elements
        #expect(wide.allSatisfy { abs($0) <= 2 })
    }

    @Test func rowsThatAreNoMapsDoNotDecay() {
        let map = Parameter("map", Tensor(shape: [2, 2]))
        let rows = Parameter("rows", Tensor(shape: [2, 2]), decays: false)
        let groups = ParameterGroup.decayingMatrices(
            of: [map, rows], learningRate: 1, weightDecay: 0.1)
        #expect(groups.map { $0.parameters.map(\.name) } == [["map"], ["rows"]])
        #expect(groups.map(\.weightDecay) == [0.1, 0])
    }
}
