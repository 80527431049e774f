/// What the rows of a token state stand for.
public struct StateLayout: Sendable, Equatable {
    /// Leading tokens that stand for no place: class, distillation and register tokens.
    public var specials: Int

    /// The grid of patches after them, by rows; of a text 1 × its tokens.
    public var rows: Int
    public var columns: Int

    /// Width of a token.
    public var width: Int

    public init(specials: Int, rows: Int, columns: Int, width: Int) {
        self.specials = specials
        self.rows = rows
        self.columns = columns
        self.width = width
    }

    /// Number of tokens.
    public var tokens: Int { specials + rows * columns }
}
