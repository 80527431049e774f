public import Neural

/// How one row is made of the tokens of a state: what stands for the whole input.
public enum TokenPooling: Sendable, Equatable {
    /// The class token.
    case row(Int)

    /// The last token of each sequence.
    case last

    /// The mean of the first tokens, such as an AST's class and distillation tokens.
    case meanOfFirst(Int)

    /// The mean of all tokens.
    case mean

    /// The rows, `[B, C]`, of states `[B, N, C]`.
    ///
    /// `lengths` says how many tokens each sequence has; all N if it is not given.
    public func callAsFunction(_ x: Variable, lengths: Variable? = nil) -> Variable {
        switch self {
        case .row(let index): x.token(at: index)
        case .last: lengths.map { x.lastTokens($0) } ?? x.token(at: x.shape[1] - 1)
        case .meanOfFirst(let count): x.tokens(0..<count).meanOverTokens()
        case .mean: x.meanOverTokens()
        }
    }

    /// The tokens whose change by a row changes the pooled row by as much.
    public func tokens(of count: Int) -> Range<Int> {
        switch self {
        case .row(let index): index..<index + 1
        case .last: count - 1..<count
        case .meanOfFirst(let first): 0..<first
        case .mean: 0..<count
        }
    }

    /// The first of the tokens that stand for places; all where no token stands for the whole.
    public var firstPatch: Int {
        switch self {
        case .row(let index): index + 1
        case .meanOfFirst(let count): count
        case .last, .mean: 0
        }
    }
}

extension TokenPooling: CustomStringConvertible {
    /// As recipes of features have it: `row:0`, `last`, `mean-of-first:2`, `mean`.
    public var description: String {
        switch self {
        case .row(let index): "row:\(index)"
        case .last: "last"
        case .meanOfFirst(let count): "mean-of-first:\(count)"
        case .mean: "mean"
        }
    }

    /// Reads the form of ``description``; nil if it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count > 1 ? Int(parts[1]) : nil) {
        case ("row", let index?) where index >= 0: self = .row(index)
        case ("mean-of-first", let count?) where count > 0: self = .meanOfFirst(count)
        case ("last", nil): self = .last
        case ("mean", nil): self = .mean
        default: return nil
        }
    }
}
