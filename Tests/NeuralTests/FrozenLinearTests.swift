import COneDNN
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Neural

@Suite struct FrozenLinearTests {
    @Test(arguments: LayerNormTests.widths, [FrozenLinear.Activation.none, .gelu])
    func agreesWithTheFormula(width: Int, activation: FrozenLinear.Activation) throws {
        let (weight, bias) = weights(inputs: width, outputs: width + 3)
        let linear = try FrozenLinear(weight: weight, bias: bias, activation: activation)
        for rows in [1, 2, 5, 33] {
            let x = input(rows: rows, width: width)
            let y = linear(x)
            #expect(y.shape == [rows, width + 3])
            #expect(relativeError(y, naive(x, weight, bias, activation)) < 1e-6)
        }
    }

    @Test func biasMayBeLeftOut() throws {
        let (weight, _) = weights(inputs: 8, outputs: 5)
        let x = input(rows: 3, width: 8)
        let expected = naive(x, weight, Tensor(shape: [5]), .none)
        #expect(try relativeError(FrozenLinear(weight: weight, bias: nil)(x), expected) < 1e-6)
    }

    @Test func resultIsOverwritten() throws {
        let (weight, bias) = weights(inputs: 17, outputs: 20)
        let linear = try FrozenLinear(weight: weight, bias: bias)
        let x = input(rows: 6, width: 17)
        var y = Tensor(repeating: 100, shape: [6, 20])
        linear.apply(x, to: &y)
        #expect(y == linear(x))
    }

    @Test(arguments: [1, 2, 3])
    func threadsGetTheSameBits(threads: Int) throws {
        let (weight, bias) = weights(inputs: 96, outputs: 130)
        let linear = try FrozenLinear(weight: weight, bias: bias, activation: .gelu)
        let images = (0..<12).map { input(rows: 20 + $0 % 3, width: 96, seed: UInt64($0)) }
        let expected = images.map { linear($0) }
        let results = Mutex([Tensor?](repeating: nil, count: images.count))
        // A layer of its own, so that threads compile the products at the same time, too.
        let fresh = try FrozenLinear(weight: weight, bias: bias, activation: .gelu)
        WorkerPool(threads: threads).forEach(images.count) { index in
            let y = fresh(images[index])
            results.withLock { $0[index] = y }
        }
        #expect(results.withLock { $0 } == expected)
    }

    /// A product compiled for several threads would use them in every worker.
    @Test func productsAreCompiledForOneThread() throws {
        omp_set_num_threads(5)
        _ = try PackedProduct.Plan(rows: 3, inputs: 4, outputs: 5, .none, weight: nil)
        #expect(omp_get_max_threads() == 1)
    }

    @Test func failureNamesTheOperationAndTheReason() {
        let error = #expect(throws: OneDNN.Error.self) {
            try OneDNN.layout([2, -3], dnnl_abc)
        }
        #expect(
            error?.description == "cannot describe an array of shape [2, -3]: invalid arguments")
    }

    private func weights(inputs: Int, outputs: Int) -> (weight: Tensor, bias: Tensor) {
        var generator = SplitMix64(seed: UInt64(inputs))
        return (
            .random(shape: [outputs, inputs], using: &generator),
            .random(shape: [outputs], using: &generator)
        )
    }

    private func input(rows: Int, width: Int, seed: UInt64 = 7) -> Tensor {
        var generator = SplitMix64(seed: seed)
        return .random(in: -2...2, shape: [rows, width], using: &generator)
    }

    /// The definition, in double precision and without regard to speed.
    private func naive(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor, _ activation: FrozenLinear.Activation
    ) -> Tensor {
        var y = Tensor(shape: [x.rows, weight.rows])
        for r in 0..<x.rows {
            for o in 0..<weight.rows {
                var sum = Double(bias.elements[o])
                for c in 0..<x.columns {
                    sum +=
                        Double(x.elements[r * x.columns + c])
                        * Double(weight.elements[o * x.columns + c])
                }
                if activation == .gelu { sum *= 0.5 * erfc(-sum / 2.0.squareRoot()) }
                y.elements[r * weight.rows + o] = Float(sum)
            }
        }
        return y
    }
}
