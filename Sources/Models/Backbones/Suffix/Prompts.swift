public import Neural

/// Extra rows of keys and values in the attention of a block.
public struct Prompts {
    /// What the rows are made of.
    public enum Source {
        /// Tokens, whose keys and values the block makes as it does those of its own.
        case tokens(Rows)

        /// Keys and values as they are, behind the block's maps.
        case projected(keys: Rows, values: Rows)
    }

    public var source: Source

    /// What values are multiplied by, a scalar; 1 if not given.
    public var gate: Variable?

    public init(_ source: Source, gate: Variable? = nil) {
        (self.source, self.gate) = (source, gate)
    }

    /// Tokens that are the same for all inputs, `[P, C]`.
    public init(shared: Variable) { self.init(.tokens(Rows(shared: shared))) }

    /// Rows of which some are the same for all inputs and some are each input's own.
    public struct Rows {
        /// `[P, C]`.
        public var shared: Variable?

        /// `[B, Q, C]`.
        public var own: Variable?

        public init(shared: Variable? = nil, own: Variable? = nil) {
            (self.shared, self.own) = (shared, own)
        }

        /// All of them, for a number of inputs: `[P, C]` or `[B, P + Q, C]`; nil if there are none.
        public func joined(for count: Int) -> Variable? {
            guard let own else { return shared }
            guard let shared else { return own }
            return shared.repeatedOverBatch(count).concatenatedTokens(with: own)
        }

        fileprivate func map(_ transform: (Variable) -> Variable) -> Rows {
            Rows(shared: shared.map(transform), own: own.map(transform))
        }
    }

    /// Queries, keys and values of all prompts.
    ///
    /// - Parameters:
    ///   - count: B, how many inputs there are.
    ///   - project: Makes queries, keys and values of tokens, once of those that inputs share.
    /// - Returns: `[P, 3 · C]` or `[B, P, 3 · C]`; nil if there are none.
    func rows(for count: Int, project: (Variable) -> Variable) -> Variable? {
        switch source {
        case .tokens(let tokens):
            return tokens.map(project).joined(for: count).map(gated)
        case .projected(let keys, let values):
            guard let k = keys.joined(for: count), let v = values.joined(for: count) else {
                return nil
            }
            // Prompts have no queries; whatever stands in their place is not read.
            return gated(k.concatenated(with: k).concatenated(with: v))
        }
    }

    private func gated(_ qkv: Variable) -> Variable {
        guard let gate else { return qkv }
        let width = qkv.columns / 3, values = qkv.columns(2 * width..<3 * width)
        let scaled = values.reshaped(to: [values.count, 1]).product(
            with: gate.reshaped(to: [1, 1]))
        return qkv.columns(0..<2 * width)
            .concatenated(with: scaled.reshaped(to: values.shape))
    }
}
