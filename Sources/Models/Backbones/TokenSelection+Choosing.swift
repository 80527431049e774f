public import Tensors

/// The tokens of a state that a cache keeps.
public struct ChosenTokens: Sendable {
    /// `[count, C]`.
    public let states: Tensor

    /// The row of the state that each is; nil where all are kept, or one is a mean of several.
    public let rows: [Int]?
}

extension TokenSelection {
    /// Chooses tokens.
    ///
    /// - Parameters:
    ///   - states: `[tokens, C]`.
    ///   - layout: What they are.
    ///   - classRow: The row that stands for the whole input.
    /// - Returns: Special tokens first, then cells or patches by rows.
    /// - Precondition: The layout fits, and there is a class row where that is asked for.
    public func callAsFunction(
        _ states: Tensor, _ layout: StateLayout, classRow: Int?
    ) -> ChosenTokens {
        precondition(states.rows == layout.tokens && fits(layout))
        switch self {
        case .all: return ChosenTokens(states: states, rows: nil)
        case .cls:
            guard let classRow else { preconditionFailure("states without a class token") }
            return states.chosen([classRow])
        case .grid(let rows, let columns):
            return ChosenTokens(states: Self.means(states, layout, rows, columns), rows: nil)
        case .top(let count):
            let patches = layout.specials..<layout.tokens
            return states.chosen(
                Array(0..<layout.specials) + states.largestRows(count, of: patches))
        }
    }

    /// Special tokens, and the means of cells.
    ///
    /// Cell `i` of `n` covers patches from ⌊i · N / n⌋ up to ⌈(i + 1) · N / n⌉ on each axis, as in
    /// PyTorch's `adaptive_avg_pool2d`.
    private static func means(
        _ states: Tensor, _ layout: StateLayout, _ rows: Int, _ columns: Int
    ) -> Tensor {
        let c = states.columns, x = states.elements
        var kept: [Float] = []
        kept.reserveCapacity((layout.specials + rows * columns) * c)
        kept += x[..<(layout.specials * c)]
        var sum = [Float](repeating: 0, count: c)
        for row in 0..<rows {
            for column in 0..<columns {
                let ys = cell(row, of: rows, patches: layout.rows)
                let xs = cell(column, of: columns, patches: layout.columns)
                for i in 0..<c { sum[i] = 0 }
                for y in ys {
                    for patch in xs {
                        let source = (layout.specials + y * layout.columns + patch) * c
                        for i in 0..<c { sum[i] += x[source + i] }
                    }
                }
                let share = 1 / Float(ys.count * xs.count)
                for i in 0..<c { sum[i] *= share }
                kept += sum
            }
        }
        return Tensor(kept, shape: [layout.specials + rows * columns, c])
    }

    private static func cell(_ index: Int, of count: Int, patches: Int) -> Range<Int> {
        index * patches / count..<((index + 1) * patches + count - 1) / count
    }
}

extension Tensor {
    fileprivate func chosen(_ rows: [Int]) -> ChosenTokens {
        var kept: [Float] = []
        kept.reserveCapacity(rows.count * columns)
        for row in rows { kept += elements[row * columns..<(row + 1) * columns] }
        return ChosenTokens(states: Tensor(kept, shape: [rows.count, columns]), rows: rows)
    }

    /// The rows of largest Euclidean norm among some, ascending; of equal ones the first count.
    ///
    /// Norms are summed in double precision and in order, so that they do not depend on the processor.
    fileprivate func largestRows(_ count: Int, of rows: Range<Int>) -> [Int] {
        let squares = rows.map { row in
            var sum = 0.0
            for i in row * columns..<(row + 1) * columns {
                sum += Double(elements[i]) * Double(elements[i])
            }
            return sum
        }
        // What is no number must still have a place in an order.
        func rank(_ row: Int) -> Double {
            let square = squares[row - rows.lowerBound]
            return square.isNaN ? .infinity : square
        }
        let ordered = rows.sorted { a, b in
            rank(a) != rank(b) ? rank(a) > rank(b) : a < b
        }
        return ordered.prefix(count).sorted()
    }
}
