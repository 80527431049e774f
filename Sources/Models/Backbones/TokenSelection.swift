/// Which tokens of a state a cache keeps.
public enum TokenSelection: Sendable, Equatable {
    case all

    /// The class token only.
    case cls

    /// The special tokens, then the means of the patches in each cell of a regular grid, by rows.
    case grid(rows: Int, columns: Int)

    /// The special tokens, then the patches of largest Euclidean norm, in the order of the grid.
    case top(Int)

    /// What texts of this type look like.
    public static let forms = "all, cls, grid:RxC or topk:K"

    /// Reads one of the ``forms``; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count) {
        case ("all", 1): self = .all
        case ("cls", 1): self = .cls
        case ("topk", 2):
            guard let count = Self.count(parts[1]) else { return nil }
            self = .top(count)
        case ("grid", 2):
            let sides = parts[1].split(separator: "x", omittingEmptySubsequences: false)
            guard sides.count == 2, let rows = Self.count(String(sides[0])),
                let columns = Self.count(String(sides[1]))
            else { return nil }
            self = .grid(rows: rows, columns: columns)
        default: return nil
        }
    }

    /// A count of tokens, within reason.
    private static func count(_ text: String) -> Int? {
        guard let count = Int(text), 1...(1 << 20) ~= count, text.first?.isNumber == true else {
            return nil
        }
        return count
    }

    public var description: String {
        switch self {
        case .all: "all"
        case .cls: "cls"
        case .grid(let rows, let columns): "grid:\(rows)x\(columns)"
        case .top(let count): "topk:\(count)"
        }
    }

    /// Number of tokens that are kept.
    public func count(of layout: StateLayout) -> Int {
        switch self {
        case .all: layout.tokens
        case .cls: 1
        case .grid(let rows, let columns): layout.specials + rows * columns
        case .top(let count): layout.specials + count
        }
    }

    /// Whether every cell has a patch, and there are as many patches as are to be kept.
    public func fits(_ layout: StateLayout) -> Bool {
        switch self {
        case .all, .cls: true
        case .grid(let rows, let columns): rows <= layout.rows && columns <= layout.columns
        case .top(let count): count <= layout.rows * layout.columns
        }
    }

    /// Whether which tokens are kept depends on the state, so that their numbers must be kept too.
    public var depends: Bool { if case .top = self { true } else { false } }
}
