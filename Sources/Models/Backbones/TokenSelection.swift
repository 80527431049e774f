public import Tensors

/// Which tokens of a state a cache keeps.
public enum TokenSelection: Sendable, Equatable {
    case all

    /// The class token only.
    case cls

    /// The class token, then the means of the patches in each cell of a regular grid, by rows.
    case grid(rows: Int, columns: Int)

    /// Reads `all`, `cls` or `grid:RxC`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "all": self = .all
        case "cls": self = .cls
        default:
            let sides = text.dropFirst("grid:".count).split(
                separator: "x", omittingEmptySubsequences: false)
            guard
                text.hasPrefix("grid:"), sides.count == 2, let rows = Int(sides[0]),
                let columns = Int(sides[1]), rows > 0, columns > 0
            else { return nil }
            self = .grid(rows: rows, columns: columns)
        }
    }

    public var description: String {
        switch self {
        case .all: "all"
        case .cls: "cls"
        case .grid(let rows, let columns): "grid:\(rows)x\(columns)"
        }
    }

    /// Number of tokens that are kept of a class token and a grid of patches.
    public func count(of grid: (rows: Int, columns: Int)) -> Int {
        switch self {
        case .all: 1 + grid.rows * grid.columns
        case .cls: 1
        case .grid(let rows, let columns): 1 + rows * columns
        }
    }

    /// Whether every cell has a patch.
    public func fits(_ grid: (rows: Int, columns: Int)) -> Bool {
        guard case .grid(let rows, let columns) = self else { return true }
        return rows <= grid.rows && columns <= grid.columns
    }

    /// The tokens that are kept, `[count, C]`.
    ///
    /// Cell `i` of `n` covers patches from ⌊i · N / n⌋ up to ⌈(i + 1) · N / n⌉ on each axis, as in
    /// PyTorch's `adaptive_avg_pool2d`.
    ///
    /// - Parameters:
    ///   - states: `[1 + rows · columns, C]`, class token first.
    ///   - grid: Rows and columns of patches.
    /// - Returns: Class token first, then cells by rows.
    public func callAsFunction(_ states: Tensor, grid: (rows: Int, columns: Int)) -> Tensor {
        let c = states.columns
        precondition(states.rows == 1 + grid.rows * grid.columns && fits(grid))
        switch self {
        case .all: return states
        case .cls: return Tensor(Array(states.elements[..<c]), shape: [1, c])
        case .grid(let rows, let columns):
            var kept = Tensor(shape: [1 + rows * columns, c])
            kept.elements.replaceSubrange(0..<c, with: states.elements[..<c])
            for row in 0..<rows {
                for column in 0..<columns {
                    let ys = Self.cell(row, of: rows, patches: grid.rows)
                    let xs = Self.cell(column, of: columns, patches: grid.columns)
                    let target = (1 + row * columns + column) * c
                    for y in ys {
                        for x in xs {
                            let source = (1 + y * grid.columns + x) * c
                            for i in 0..<c {
                                kept.elements[target + i] += states.elements[source + i]
                            }
                        }
                    }
                    let share = 1 / Float(ys.count * xs.count)
                    for i in 0..<c { kept.elements[target + i] *= share }
                }
            }
            return kept
        }
    }

    private static func cell(_ index: Int, of count: Int, patches: Int) -> Range<Int> {
        index * patches / count..<((index + 1) * patches + count - 1) / count
    }
}
