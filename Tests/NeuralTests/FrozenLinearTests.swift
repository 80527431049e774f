import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Neural

private let levels = InstructionLevel.allCases.filter { $0 <= .highest }

@Suite struct FrozenLinearTests {
    /// Inputs around a cache line of words, outputs around a tile, rows around a tile and a block.
    private static let sizes: [(rows: Int, inputs: Int, outputs: Int)] = [
        (1, 1, 1), (2, 15, 16), (3, 16, 17), (5, 17, 31), (6, 63, 32), (7, 64, 33), (13, 65, 48),
        (12, 129, 65), (193, 300, 20), (401, 40, 35), (1, 768, 50),
    ]

    @Test(arguments: levels, FrozenLinear.Activation.allCases)
    func singlePrecisionAgreesWithTheFormula(
        level: InstructionLevel, activation: FrozenLinear.Activation
    ) throws {
        for (rows, inputs, outputs) in Self.sizes {
            let (weight, bias) = weights(inputs: inputs, outputs: outputs)
            let linear = try FrozenLinear(
                weight: weight, bias: bias, activation: activation, compute: .f32, level: level)
            let x = input(rows: rows, width: inputs)
            let y = linear(x)
            #expect(y.shape == [rows, outputs])
            let expected = naive(x, weight, bias, activation)
            #expect(relativeError(y, expected) < 1e-6, "\(rows) \(inputs) \(outputs)")
        }
    }

    /// Against factors that the test rounds; what is left are roundings of single precision.
    @Test(arguments: levels, [ComputeType.bf16, .int8])
    func factorsAreRoundedToTheNearest(level: InstructionLevel, compute: ComputeType) throws {
        for (rows, inputs, outputs) in Self.sizes {
            let (weight, bias) = weights(inputs: inputs, outputs: outputs)
            let linear = try FrozenLinear(
                weight: weight, bias: bias, compute: compute, level: level)
            let x = input(rows: rows, width: inputs)
            let expected = naive(rounded(x, to: compute), rounded(weight, to: compute), bias, .none)
            #expect(relativeError(linear(x), expected) < 1e-6, "\(rows) \(inputs) \(outputs)")
        }
    }

    /// The bound is what the errors of both factors make of every product.
    ///
    /// bfloat16 has eight digits, so a factor is off by at most 2⁻⁸ of itself; an integer by half its
    /// row's scale.
    @Test(arguments: levels, [ComputeType.bf16, .int8])
    func errorIsBoundedByTheRoundingOfFactors(
        level: InstructionLevel, compute: ComputeType
    ) throws {
        let (weight, bias) = weights(inputs: 200, outputs: 37)
        let linear = try FrozenLinear(weight: weight, bias: bias, compute: compute, level: level)
        let x = input(rows: 9, width: 200), y = linear(x)
        let exact = naive(x, weight, bias, .none)
        var largestShare = 0.0
        for r in 0..<9 {
            for o in 0..<37 {
                let a = x.elements[r * 200..<(r + 1) * 200].map { abs(Double($0)) }
                let b = weight.elements[o * 200..<(o + 1) * 200].map { abs(Double($0)) }
                let half = (a.max()! / 254, b.max()! / 254)
                let bound = zip(a, b).reduce(1e-5) { sum, factors in
                    let (x, w) = factors
                    let (dx, dw) = compute == .bf16 ? (x / 256, w / 256) : half
                    return sum + x * dw + w * dx + dx * dw
                }
                let error = abs(Double(y.elements[r * 37 + o]) - Double(exact.elements[r * 37 + o]))
                largestShare = max(largestShare, error / bound)
            }
        }
        #expect(0.01...1 ~= largestShare)
    }

    @Test(arguments: ComputeType.allCases)
    func rowsDoNotDependOnEachOther(compute: ComputeType) throws {
        let (weight, bias) = weights(inputs: 70, outputs: 41)
        let linear = try FrozenLinear(
            weight: weight, bias: bias, activation: .gelu, compute: compute)
        let x = input(rows: 200, width: 70), y = linear(x)
        for row in 0..<200 {
            let one = linear(Tensor(Array(x.elements[row * 70..<(row + 1) * 70]), shape: [1, 70]))
            #expect(one.elements == Array(y.elements[row * 41..<(row + 1) * 41]))
        }
    }

    @Test(arguments: ComputeType.allCases)
    func resultIsAddedOrOverwritten(compute: ComputeType) throws {
        let (weight, bias) = weights(inputs: 17, outputs: 20)
        let linear = try FrozenLinear(weight: weight, bias: bias, compute: compute)
        let x = Activations(compute), y = Activations(compute), workspace = Workspace()
        x.load(input(rows: 6, width: 17))
        let expected = linear(x.tensor)
        var tensor = Tensor(repeating: 100, shape: [2, 3, 20])
        linear.apply(x, to: &tensor, in: workspace)
        #expect(tensor.elements == expected.elements)
        linear.add(x, to: &tensor, in: workspace)
        #expect(tensor.elements == expected.elements.map { $0 + $0 })
        linear.apply(x, to: y, in: workspace)
        #expect(y.tensor == expected)
        x.resize(rows: 0, columns: 17)
        linear.apply(x, to: y, in: workspace)
        #expect(y.tensor.shape == [0, 20])
    }

    @Test func biasMayBeLeftOut() throws {
        let (weight, _) = weights(inputs: 8, outputs: 5)
        let x = input(rows: 3, width: 8)
        let expected = naive(x, weight, Tensor(shape: [5]), .none)
        #expect(try relativeError(FrozenLinear(weight: weight, bias: nil)(x), expected) < 1e-6)
    }

    /// A row of zeros has no scale, and one with a NaN must not look as if it had none.
    @Test(arguments: levels, ComputeType.allCases)
    func rowsWithoutNumbersStayWhatTheyAre(level: InstructionLevel, compute: ComputeType) throws {
        let (weight, bias) = weights(inputs: 70, outputs: 5)
        let linear = try FrozenLinear(weight: weight, bias: bias, compute: compute, level: level)
        var x = Tensor(shape: [4, 70])
        x.elements[70 + 69] = .nan
        x.elements[2 * 70 + 3] = .infinity
        x.elements[3 * 70] = .leastNonzeroMagnitude
        let y = linear(x).elements
        #expect(Array(y[0..<5]) == bias.elements)
        #expect(y[5..<10].allSatisfy { $0.isNaN })
        #expect(y[10..<15].allSatisfy { !$0.isFinite })
        #expect(zip(y[15...], bias.elements).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test(arguments: ComputeType.allCases, [Float.nan, .infinity])
    func weightsThatAreNotFiniteAreRefused(compute: ComputeType, element: Float) {
        var weight = Tensor(shape: [3, 2])
        weight.elements[4] = element
        let error = #expect(throws: FrozenLinear.Error.self) {
            try FrozenLinear(weight: weight, bias: nil, compute: compute)
        }
        #expect(error?.description == "cannot pack weights 2 × 3: one is not finite")
    }

    @Test(arguments: [1, 2, 3], ComputeType.allCases)
    func threadsGetTheSameBits(threads: Int, compute: ComputeType) throws {
        let (weight, bias) = weights(inputs: 96, outputs: 130)
        let linear = try FrozenLinear(
            weight: weight, bias: bias, activation: .gelu, compute: compute)
        let images = (0..<12).map { input(rows: 20 + $0 % 3, width: 96, seed: UInt64($0)) }
        let results = Mutex([Tensor?](repeating: nil, count: images.count))
        WorkerPool(threads: threads).forEach(images.count) { index in
            let y = linear(images[index])
            results.withLock { $0[index] = y }
        }
        #expect(results.withLock { $0 } == images.map { linear($0) })
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

    /// The multiples of a row's scale, or the bfloat16 numbers, nearest to the elements.
    private func rounded(_ x: Tensor, to compute: ComputeType) -> Tensor {
        var y = x
        for row in 0..<x.rows {
            let elements = row * x.columns..<(row + 1) * x.columns
            let largest = x.elements[elements].map(abs).max()!
            for i in elements {
                if compute == .int8 {
                    let integer = (x.elements[i] * (127 / largest)).rounded(.toNearestOrEven)
                    y.elements[i] = integer * (largest / 127)
                } else {
                    let bits = UInt64(x.elements[i].bitPattern), half: UInt64 = 0x7fff
                    let rounded = (bits + half + (bits >> 16 & 1)) & 0xffff_0000
                    y.elements[i] = Float(bitPattern: UInt32(rounded))
                }
            }
        }
        return y
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
                y.elements[r * weight.rows + o] = Float(activation.formula(sum))
            }
        }
        return y
    }
}

extension FrozenLinear.Activation {
    fileprivate func formula(_ x: Double) -> Double {
        switch self {
        case .none: x
        case .gelu: x * 0.5 * erfc(-x / 2.0.squareRoot())
        case .geluTanh:
            x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .quickGELU: x / (1 + exp(-1.702 * x))
        case .relu: max(x, 0)
        }
    }
}
