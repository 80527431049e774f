import AllocationCounting
import Neural
import Tensors
import Testing

extension StepAllocationTests {
    /// Prompts that are selected from a bank, a question that is read, and the layers of published heads.
    @Test func replayedStepsOfMethodsAndHeadsAllocateNothing() {
        var generator = SplitMix64(seed: 1)
        func parameter(_ name: String, _ shape: [Int]) -> Parameter {
            Parameter(name, .random(shape: shape, using: &generator))
        }
        let keys = parameter("keys", [6, 12]), bank = parameter("bank", [6, 12])
        let norm = BatchNorm("norm", features: 12)
        let map = GroupedLinear("map", inputs: 12, outputs: 12, groups: 2, using: &generator)
        let words = Embedding("words", count: 20, features: 12, using: &generator)
        let lstm = LSTM(
            "lstm", inputs: 12, hidden: 6, isBidirectional: true, using: &generator)
        let attention = MultiHeadAttention(
            "attention", features: 12, heads: 2, dropout: 0.1, using: &generator)
        let noise = SampleNoise(seed: 1, epoch: 0, samples: Array(0..<4))
        let step = RecordedStep(pool: .serial, noise: noise) { tape in
            let x = tape.input([4, 5, 12]), question = tape.input([4, 7])
            let targets = tape.input([4, 12]), lengths = tape.input([4])
            let own = x.normalisedRows()
            let selected = own.product(with: tape.variable(keys).normalisedRows(), transposed: true)
                .softmax(scale: 10).product(with: tape.variable(bank))
            let read = lstm(words(question)).rowShares(epsilon: 100)
            let tokens = map(norm(x - selected)).tanh().concatenatedTokens(with: read)
            let mask = AttentionMask(lengths: lengths)
            let y = attention(tokens, keys: tokens, mask: mask) * tokens.sigmoid()
            let plain = y.attention(
                keys: y, values: y, heads: 3, mask: .window(1, count: 12, on: tape))
            let scores = plain.batchedProduct(with: y, transposed: true, scale: 0.3)
                .softmax(mask: tape.constant(Tensor(shape: [12, 12])))
            let mixed = scores.batchedProduct(
                with: tape.variable(bank).repeatedOverBatch(4)
                    .concatenatedTokens(with: y.tokens(0..<6)))
            let pooled = mixed.meanOfLargest(4) + mixed.maximumOverTokens()
            let logits = (pooled + lstm.last(x).cell).times(0.5)
            return (
                (x, question, targets, lengths),
                logits.binaryCrossEntropyWithLogits(targets: targets)
                    + logits.sigmoid().binaryCrossEntropy(targets: targets)
            )
        }
        let layers: [any Module] = [norm, map, words, lstm, attention]
        let parameters = [keys, bank] + layers.flatMap(\.parameters)
        let states = Tensor.random(shape: [4, 5, 12], using: &generator)
        step.inputs.1.set(Tensor((0..<28).map { Float($0 % 20) }, shape: [4, 7]))
        step.inputs.3.set(Tensor([12, 9, 12, 3], shape: [4]))

        func run(_ epoch: Int) {
            noise.epoch = epoch
            step.inputs.0.set(states)
            for parameter in parameters { parameter.zeroGradient() }
            step.replay()
            step.backward()
        }
        for epoch in 0..<2 { run(epoch) }
        count(true, on: .serial)
        counting_reset(0)
        for epoch in 2..<12 { run(epoch) }
        let counts = counting_read()
        count(false, on: .serial)
        #expect(counts.all == 0, "the largest has \(counts.largest) bytes")
        #expect(parameters.allSatisfy { $0.gradient != nil })
    }
}
