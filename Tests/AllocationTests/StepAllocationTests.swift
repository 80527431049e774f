import AllocationCounting
import Models
import Neural
import Synchronization
import Tensors
import Testing

/// Steps after the first take nothing from the heap, but for work that is shared among threads: each
/// such call takes the context of one closure.
@Suite(.serialized) struct StepAllocationTests {
    @Test func allocationsAreSeen() {
        #expect(counting_works() != 0)
    }

    @Test(arguments: [(1, 0), (2, 24)])
    func replayedStepsOfALadderAllocateNothing(threads: Int, sharedCalls: Int) {
        let pool = WorkerPool(threads: threads)
        var generator = SplitMix64(seed: 1)
        let ladder = AVPEALadder(
            AVPEALadder.Configuration(visual: 64, audio: 48, width: 16, taps: 2), using: &generator)
        let head = Linear("head", inputs: 112, outputs: 5, using: &generator)
        let noise = SampleNoise(seed: 1, epoch: 1, samples: Array(0..<8))
        let step = RecordedStep(pool: pool, noise: noise) { tape in
            func stream(_ width: Int) -> StreamStates {
                StreamStates(
                    taps: (0..<2).map { _ in
                        StreamStates.Tap(
                            classToken: tape.input([40, width]),
                            patches: tape.input([40, 9, width]))
                    }, final: tape.input([40, width]))
            }
            let (visual, audio) = (stream(64), stream(48)), targets = ClassTargets(count: 40)
            let features = ladder([.visual: visual, .audio: audio]).joined().dropout(0.1)
            return ((visual, audio, targets), head(features).softmaxCrossEntropy(targets))
        }
        let parameters = ladder.parameters + head.parameters
        let optimizer = AdamW(
            ParameterGroup.decayingMatrices(of: parameters, learningRate: 1e-3, weightDecay: 0.1))
        let average = ExponentialMovingAverage(parameters, decay: 0.9)
        let inputs = [step.inputs.0, step.inputs.1].flatMap { stream -> [Variable] in
            stream.taps.flatMap { [$0.classToken, $0.patches] } + [stream.final].compactMap(\.self)
        }
        let states = inputs.map { Tensor.random(shape: $0.shape, using: &generator) }
        let labels = (0..<40).map { $0 % 5 }

        func run(_ epoch: Int) {
            noise.epoch = epoch
            for sample in 0..<8 { noise.samples[sample] = UInt64(epoch * 8 + sample) }
            for index in inputs.indices { inputs[index].set(states[index]) }
            step.inputs.2.set(labels)
            optimizer.zeroGradients()
            step.replay()
            step.backward()
            clipGradientNorm(optimizer.parameters, maximum: 1)
            optimizer.step()
            average.update()
        }
        for epoch in 0..<2 { run(epoch) }
        count(true, on: pool)
        counting_reset(1024)
        for epoch in 2..<22 { run(epoch) }
        let counts = counting_read()
        count(false, on: pool)
        #expect(counts.large == 0, "the largest has \(counts.largest) bytes")
        #expect(counts.all <= 20 * sharedCalls, "\(counts.all) allocations in 20 steps")
    }

    /// Counts all threads of a pool, or none; each takes an index only when all have arrived.
    func count(_ isCounted: Bool, on pool: WorkerPool) {
        let arrived = Atomic(0), threads = pool.threads
        pool.forEach(threads) { _ in
            arrived.wrappingAdd(1, ordering: .relaxed)
            while arrived.load(ordering: .relaxed) < threads {}
            counting_set(isCounted ? 1 : 0)
        }
    }
}
