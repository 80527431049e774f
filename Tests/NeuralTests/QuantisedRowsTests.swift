import Tensors
import Testing

@testable import Neural

@Suite struct QuantisedRowsTests {
    @Test(arguments: [1, 3, 15, 16, 17, 768])
    func numbersAreTheNearest(columns: Int) {
        var generator = SplitMix64(seed: 4)
        let x = Tensor.random(in: -50...50, shape: [7, columns], using: &generator)
        let (bytes, scales) = QuantisedRows.narrow(x.elements, columns: columns)
        #expect(bytes.count == x.count && scales.count == 7)
        for row in 0..<7 {
            let values = Array(x.elements[row * columns..<(row + 1) * columns])
            let scale = (values.map(\.magnitude).max() ?? 0) / 127
            #expect(scales[row] == scale)
            for (column, value) in values.enumerated() {
                let expected = (value / scale).rounded(.toNearestOrEven)
                #expect(Float(Int8(bitPattern: bytes[row * columns + column])) == expected)
            }
        }
        let back = QuantisedRows.widen(bytes, scales: scales)
        for (i, value) in back.enumerated() {
            #expect(abs(value - x.elements[i]) <= scales[i / columns] * 0.50001)
        }
    }

    @Test func extremesAreKept() {
        let least = Float.leastNonzeroMagnitude
        let rows: [Float] = [0, 0, 0, -8, 127, -127, 1e38, -3e38, 0, least, 0, 0, 63.5, 0.5, 127]
        let (bytes, scales) = QuantisedRows.narrow(rows, columns: 3)
        let numbers = bytes.map { Int8(bitPattern: $0) }
        #expect(scales[0] == 0 && numbers[0..<3] == [0, 0, 0])
        #expect(scales[1] == 1 && numbers[3..<6] == [-8, 127, -127])
        #expect(scales[2].isFinite && numbers[7] == -127)
        #expect(scales[3] > 0 && numbers[9..<12] == [0, 0, 0])
        // Ties go to even numbers.
        #expect(scales[4] == 1 && numbers[12..<15] == [64, 0, 127])
    }
}
