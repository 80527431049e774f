import Tensors
import TestSupport
import Testing

@testable import Neural

/// Rows that are normalised, copied and added in another order, against loops in double precision.
@Suite struct RowOrderTests {
    static let widths = [1, 15, 16, 17, 768]

    /// Rows of a source of five, out of order and with gaps.
    static let order = [3, -1, 0, 4, -1, 1]

    private func random(_ shape: [Int], seed: UInt64) -> Tensor {
        var generator = SplitMix64(seed: seed)
        return .random(in: -2...2, shape: shape, using: &generator)
    }

    private func norm(_ width: Int) -> FrozenLayerNorm {
        FrozenLayerNorm(
            weight: random([width], seed: 1), bias: random([width], seed: 2), epsilon: 1e-3)
    }

    /// A row's layer norm by its formula.
    private func normalised(_ x: Tensor, _ row: Int, _ norm: FrozenLayerNorm) -> [Float] {
        let c = x.columns
        let values = x.elements[row * c..<(row + 1) * c].map { Double($0) }
        let mean = values.reduce(0, +) / Double(c)
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(c)
        let rstd = 1 / (variance + Double(norm.epsilon)).squareRoot()
        return values.enumerated().map { i, value in
            Float(
                (value - mean) * rstd * Double(norm.weight.elements[i])
                    + Double(norm.bias.elements[i]))
        }
    }

    @Test(arguments: widths)
    func chosenRowsAreNormalised(width: Int) {
        let x = random([5, width], seed: 3), norm = norm(width)
        let y = Activations(.f32)
        norm.apply(x, rows: Self.order, to: y)
        let expected = Self.order.flatMap { row in
            row < 0 ? Array(repeating: 0, count: width) : normalised(x, row, norm)
        }
        #expect(relativeError(y.tensor, Tensor(expected, shape: [6, width])) < 1e-6)
    }

    @Test(arguments: widths)
    func normalisedRowsAreAddedWhereTheyBelong(width: Int) {
        let x = random([6, width], seed: 4), y = random([5, width], seed: 5), norm = norm(width)
        var sum = y, expected = y
        norm.add(x, to: &sum, rows: Self.order)
        for (row, target) in Self.order.enumerated() where target >= 0 {
            for (i, value) in normalised(x, row, norm).enumerated() {
                expected.elements[target * width + i] += value
            }
        }
        #expect(relativeError(sum, expected) < 1e-6)
    }

    @Test(arguments: widths)
    func normalisedRowsAreAddedRowByRow(width: Int) {
        let x = random([5, width], seed: 6), y = random([5, width], seed: 7), norm = norm(width)
        var sum = y, expected = y
        norm.add(x, to: &sum)
        for row in 0..<5 {
            for (i, value) in normalised(x, row, norm).enumerated() {
                expected.elements[row * width + i] += value
            }
        }
        #expect(relativeError(sum, expected) < 1e-6)
    }

    @Test(arguments: widths)
    func rowsAreCopiedAndAdded(width: Int) {
        let x = random([5, width], seed: 8)
        // Two rows of the source side by side in each.
        var joined = Tensor(repeating: 9, shape: [3, 2 * width])
        joined.copyRows(Self.order, of: x)
        let rows = Self.order.map { row in
            row < 0
                ? Array(repeating: 0, count: width)
                : Array(x.elements[row * width..<(row + 1) * width])
        }
        #expect(joined.elements == rows.flatMap { $0 })

        let y = random([5, width], seed: 9)
        var sum = y, expected = y
        sum.addRows(of: Tensor(joined.elements, shape: [6, width]), to: Self.order)
        for (row, target) in Self.order.enumerated() where target >= 0 {
            for i in 0..<width { expected.elements[target * width + i] += rows[row][i] }
        }
        #expect(sum == expected)
    }
}
