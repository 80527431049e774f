import Neural
import Tensors
import Testing

@Suite struct ScheduleTests {
    @Test(
        arguments: [
            (0, 0.25), (1, 0.5), (3, 1), (4, 1), (8, 0.5), (12, 0), (100, 0),
        ] as [(Int, Double)])
    func warmUpIsFollowedByACosine(step: Int, factor: Double) {
        let schedule = LearningRateSchedule.warmupCosine(warmup: 4, total: 12)
        #expect(abs(schedule(step: step) - factor) < 1e-12)
    }

    @Test func withoutWarmUpTheFirstStepIsTheHighest() {
        #expect(LearningRateSchedule.warmupCosine(warmup: 0, total: 3)(step: 0) == 1)
        #expect(LearningRateSchedule.constant(step: 1000) == 1)
    }
}

@Suite struct GradientNormTests {
    @Test(arguments: [(10, 1), (5.1, 1), (2.5, 0.5)] as [(Double, Float)])
    func gradientsAreScaledTogether(maximum: Double, factor: Float) throws {
        let p = Parameter("p", Tensor([0, 0], shape: [2])),
            q = Parameter("q", Tensor([0], shape: []))
        let unused = Parameter("unused", Tensor([0], shape: []))
        withTape { tape in
            tape.backward(from: tape.variable(p), cotangent: Tensor([3, 0], shape: [2]))
            tape.backward(from: tape.variable(q), cotangent: Tensor([-4], shape: []))
        }
        #expect(clipGradientNorm([p, unused, q], maximum: maximum) == 5)
        #expect(abs(try #require(p.gradient).elements[0] - 3 * factor) < 1e-5)
        #expect(abs(try #require(q.gradient).elements[0] + 4 * factor) < 1e-5)
        #expect(unused.gradient == nil)
    }
}
