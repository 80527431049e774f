import Tensors
import TestSupport
import Testing

@testable import Neural

@Suite struct ProductTests {
    struct Shape: Sendable { let m, n, k: Int }

    /// Rows and columns around the size of a panel, each the longer side once.
    static let shapes = [
        Shape(m: 1, n: 1, k: 1), Shape(m: 15, n: 17, k: 16), Shape(m: 16, n: 15, k: 768),
        Shape(m: 255, n: 3, k: 17), Shape(m: 256, n: 256, k: 2), Shape(m: 257, n: 5, k: 16),
        Shape(m: 4, n: 520, k: 15), Shape(m: 600, n: 300, k: 1),
    ]

    @Test(arguments: shapes, [(false, false), (false, true), (true, false), (true, true)])
    func agreesWithTheFormula(shape: Shape, transposed: (Bool, Bool)) {
        let (m, n, k) = (shape.m, shape.n, shape.k)
        var generator = SplitMix64(seed: UInt64(m + n + k))
        let a = Tensor.random(shape: transposed.0 ? [k, m] : [m, k], using: &generator)
        let b = Tensor.random(shape: transposed.1 ? [n, k] : [k, n], using: &generator)
        let start = Tensor.random(shape: [m, n], using: &generator)
        var expected = start
        for i in 0..<m {
            for j in 0..<n {
                let sum = (0..<k).reduce(0.0) { sum, l in
                    let left = a.elements[transposed.0 ? l * m + i : i * k + l]
                    let right = b.elements[transposed.1 ? j * k + l : l * n + j]
                    return sum + Double(left) * Double(right)
                }
                expected.elements[i * n + j] += Float(sum)
            }
        }
        for pool in [WorkerPool.serial, WorkerPool(threads: 2)] {
            var c = start
            Kernel.product(
                a, b, transposed: (transposed.0, transposed.1), to: &c, adding: true, on: pool)
            #expect(relativeError(c, expected) < 1e-6)
        }
    }
}
