public import Tensors

/// Which tokens of a state a cache keeps.
public enum TokenSelection: Sendable, Equatable {
    case all

    /// The class token only.
    case cls

    /// The special tokens, then the means of the patches in each cell of a regular grid, by rows.
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

    /// Number of tokens that are kept.
    public func count(of layout: StateLayout) -> Int {
        switch self {
        case .all: layout.tokens
        case .cls: 1
        case .grid(let rows, let columns): layout.specials + rows * columns
        }
    }

    /// Whether every cell has a patch.
    public func fits(_ layout: StateLayout) -> Bool {
        guard case .grid(let rows, let columns) = self else { return true }
        return rows <= layout.rows && columns <= layout.columns
    }

    /// The tokens that are kept, `[count, C]`.
    ///
    /// Cell `i` of `n` covers patches from ⌊i · N / n⌋ up to ⌈(i + 1) · N / n⌉ on each axis, as in
    /// PyTorch's `adaptive_avg_pool2d`.
    ///
    /// - Parameters:
    ///   - states: `[tokens, C]`.
    ///   - layout: What they are.
    ///   - classRow: The row that stands for the whole input.
    /// - Returns: Special tokens first, then cells by rows.
    public func callAsFunction(
        _ states: Tensor, _ layout: StateLayout, classRow: Int?
    ) -> Tensor {
        let c = states.columns
        precondition(states.rows == layout.tokens && fits(layout))
        switch self {
        case .all: return states
        case .cls:
            guard let classRow else { preconditionFailure("states without a class token") }
            return Tensor(Array(states.elements[classRow * c..<(classRow + 1) * c]), shape: [1, c])
        case .grid(let rows, let columns):
            let specials = layout.specials
            var kept = Tensor(shape: [specials + rows * columns, c])
            kept.elements.replaceSubrange(
                0..<specials * c, with: states.elements[..<(specials * c)])
            for row in 0..<rows {
                for column in 0..<columns {
                    let ys = Self.cell(row, of: rows, patches: layout.rows)
                    let xs = Self.cell(column, of: columns, patches: layout.columns)
                    let target = (specials + row * columns + column) * c
                    for y in ys {
                        for x in xs {
                            let source = (specials + y * layout.columns + x) * c
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
