import Models
import Tensors

/// Pools cached states without a tape.
enum TokenMeans {
    /// The rows, `[T, C]`, that stand for states `[T, N, C]`, of which the first `length` are tokens.
    static func pooled(_ states: Tensor, _ pooling: TokenPooling, length: Int) -> Tensor {
        let (count, n, c) = (states.shape[0], states.shape[1], states.shape[2])
        let tokens: Range<Int> =
            switch pooling {
            case .last: max(length, 1) - 1..<max(length, 1)
            case .row, .meanOfFirst, .mean: pooling.tokens(of: n)
            }
        var rows = Tensor(shape: [count, c])
        let share = 1 / Float(tokens.count)
        for row in 0..<count {
            for token in tokens {
                let source = (row * n + token) * c
                for i in 0..<c { rows.elements[row * c + i] += states.elements[source + i] }
            }
            guard tokens.count > 1 else { continue }
            for i in 0..<c { rows.elements[row * c + i] *= share }
        }
        return rows
    }
}

extension Tensor {
    /// Overwrites elements from one on.
    mutating func write(_ values: [Float], at first: Int) {
        elements.replaceSubrange(first..<first + values.count, with: values)
    }

    /// Overwrites rows from one on.
    mutating func write(_ rows: Tensor, row: Int) {
        write(rows.elements, at: row * columns)
    }
}
