import Tensors
import TestSupport
import Testing

@testable import Neural

/// A step that is recorded once and replayed, beside one that is recorded anew each time.
@Suite struct ReplayTests {
    private struct Network {
        let norm = LayerNorm("norm", features: 12)
        let up: Linear
        let down: Linear
        let query: Parameter

        var parameters: [Parameter] {
            norm.parameters + up.parameters + down.parameters + [query]
        }

        init() {
            var generator = SplitMix64(seed: 1)
            up = Linear("up", inputs: 12, outputs: 20, using: &generator)
            down = Linear("down", inputs: 20, outputs: 5, using: &generator)
            query = Parameter("query", .random(shape: [4, 20], using: &generator))
        }

        /// Scores of four sequences.
        func callAsFunction(_ x: Variable) -> Variable {
            let hidden = norm(x, then: up).gelu().dropout(0.3)
            let read = x.tape.variable(query).attending(to: hidden, scale: 0.2)
            return down(read + hidden.meanOverTokens() + hidden.token(at: 1).relu())
        }
    }

    private func batches() -> [(x: Tensor, labels: [Int])] {
        var generator = SplitMix64(seed: 9)
        return (0..<3).map { index in
            (.random(shape: [4, 6, 12], using: &generator), (0..<4).map { ($0 + index) % 5 })
        }
    }

    @Test(arguments: [1, 3])
    func replaysGiveTheBitsOfFreshRecordings(threads: Int) throws {
        let pool = WorkerPool(threads: threads)
        let network = Network(), fresh = Network()
        let noise = SampleNoise(seed: 3, epoch: 0, samples: [0, 1, 2, 3])
        let step = RecordedStep(pool: pool, noise: noise) { tape in
            let x = tape.input([4, 6, 12]), targets = ClassTargets(count: 4)
            return ((x: x, targets: targets), network(x).softmaxCrossEntropy(targets))
        }
        let optimizers = [network, fresh].map {
            AdamW([ParameterGroup($0.parameters, learningRate: 0.01, weightDecay: 0.1)])
        }
        for (epoch, batch) in (batches() + batches()).enumerated() {
            noise.epoch = epoch
            step.inputs.x.set(batch.x)
            step.inputs.targets.set(batch.labels)
            optimizers.forEach { $0.zeroGradients() }
            let loss = step.replay()
            step.backward()
            let expected = withTape(pool: pool, noise: noise) { tape in
                let loss = fresh(tape.constant(batch.x)).softmaxCrossEntropy(targets: batch.labels)
                tape.backward(from: loss)
                return loss.value.elements[0]
            }
            #expect(loss == expected)
            for (own, other) in zip(network.parameters, fresh.parameters) {
                #expect(own.gradient != nil && own.gradient == other.gradient, "\(own.name)")
            }
            optimizers.forEach { $0.step() }
            #expect(network.parameters.map(\.value) == fresh.parameters.map(\.value))
        }
    }

    @Test func evaluationSeesTheParametersOfNow() {
        let p = Parameter("p", Tensor([2], shape: []))
        let step = RecordedStep(differentiated: false, pool: .serial) { tape in
            let x = tape.input([1])
            return (x, x.scaled(by: p))
        }
        step.inputs.set(Tensor([3], shape: [1]))
        #expect(step.replay() == 6)
        p.value.elements[0] = 5
        #expect(step.replay() == 15)
        #expect(!step.output.needsGradient)
    }

    @Test func whatDependsOnConstantsAloneIsNotRecorded() {
        withTape { tape in
            let x = tape.constant(Tensor([1, 2], shape: [2])).gelu().reshaped(to: [1, 2])
            #expect(x.isConstant && tape.operations.isEmpty)
            let y = tape.input([1, 2]).gelu()
            #expect(!y.isConstant && !y.needsGradient)
            #expect(tape.operations.count == 1 && tape.operations[0].pullback == nil)
        }
    }

    @Test func inputsAreFilledInPlaceOrExchanged() {
        let step = RecordedStep(pool: .serial) { tape in
            let x = tape.input([2])
            return (x, x.gelu())
        }
        let x = step.inputs
        var other = Tensor((7...8).map { Float($0) }, shape: [2])  // A literal may be read-only.
        let addresses = (address(of: x.box.tensor), address(of: other))
        x.exchange(&other)
        #expect(x.value == Tensor([7, 8], shape: [2]) && other == Tensor([0, 0], shape: [2]))
        #expect((address(of: x.box.tensor), address(of: other)) == (addresses.1, addresses.0))
        x.set(Tensor([1, 2], shape: [2]))
        x.withElements { $0[1] = 5 }
        #expect(x.value.elements == [1, 5] && address(of: x.box.tensor) == addresses.1)
    }

    @Test func valuesThatWereTakenOutStayAsTheyWere() {
        let step = RecordedStep(pool: .serial) { tape in
            let x = tape.input([1])
            return (x, x.relu())
        }
        step.inputs.set(Tensor([1], shape: [1]))
        step.replay()
        let before = step.output.value
        step.inputs.set(Tensor([2], shape: [1]))
        #expect(step.replay() == 2 && before.elements == [1])
    }

    @Test func gradientsKeepTheirMemory() throws {
        let p = Parameter("p", Tensor([2, 1], shape: [2]))
        let step = RecordedStep(pool: .serial) { tape in
            (tape.input([1]), tape.variable(p).reshaped(to: [1, 2]).columns(0..<1))
        }
        step.replay()
        step.backward()
        let first = address(of: try #require(p.gradient))
        p.zeroGradient()
        #expect(p.gradient == nil)
        step.replay()
        step.backward(weight: 3)
        #expect(p.gradient == Tensor([3, 0], shape: [2]))
        step.backward(weight: 0.5)
        #expect(p.gradient == Tensor([3.5, 0], shape: [2]))
        #expect(address(of: try #require(p.gradient)) == first)
    }

    /// By hand: an input of 6 floats, the norm's output of 6 and two moments of 2 rows, the sum of 6;
    /// on the way back the sum's cotangent and the norm's, of 6 floats each.
    @Test func bytesAreThoseOfValuesAndCotangents() {
        let norm = LayerNorm("norm", features: 3)
        let step = RecordedStep(pool: .serial) { tape in
            let x = tape.input([2, 3])
            return (x, norm(x) + x)
        }
        #expect(step.bytes == 4 * (6 + 6 + 4 + 6 + 6 + 6))
    }

    private func address(of tensor: Tensor) -> UnsafeRawPointer? {
        tensor.elements.withUnsafeBytes { $0.baseAddress }
    }
}
