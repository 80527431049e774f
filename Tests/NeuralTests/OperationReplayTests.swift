import Tensors
import TestSupport
import Testing

@testable import Neural

/// What holds for every operation on a tape that is replayed.
@Suite struct OperationReplayTests {
    /// Twice on one tape and two threads, with other operands the second time.
    @Test(arguments: OperationCase.all)
    func replaysGiveTheBitsOfFreshRecordings(operation: OperationCase) throws {
        let own = try operation.operands()
        let cotangent = try Reference.tensors(operation.file).tensor("\(operation.name)/dy")
        let tape = Tape(
            .replays(differentiated: true), pool: WorkerPool(threads: 2), noise: nil)
        defer { tape.removeAll() }
        let y = operation.apply(to: own, on: tape).y
        for factor in [1, 0.9] as [Float] {
            for own in own {
                for i in own.value.elements.indices { own.value.elements[i] *= factor }
                own.zeroGradient()
            }
            let fresh = own.map { Parameter($0.name, $0.value) }
            tape.replay()
            tape.backward(from: y, cotangent: cotangent)
            let expected = withTape { tape in
                let y = operation.apply(to: fresh, on: tape).y
                tape.backward(from: y, cotangent: cotangent)
                return y.value
            }
            #expect(y.value == expected)
            for (own, fresh) in zip(own, fresh) {
                #expect(own.gradient != nil && own.gradient == fresh.gradient, "\(own.name)")
            }
        }
    }
}
