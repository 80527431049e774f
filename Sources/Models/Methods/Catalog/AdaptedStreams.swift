public import Neural

/// What a method makes of the streams: what heads read, and what is added to the loss.
public struct AdaptedStreams {
    /// By stream a row for each of its inputs, `[rows, C]`.
    public private(set) var pooled: [Stream: Variable] = [:]

    /// Tokens after the final norm, `[rows, N, C]`, of the streams whose tokens heads read.
    public private(set) var tokens: [Stream: Variable] = [:]

    /// Scalars that are added to the loss of the task.
    public var penalties: [Variable] = []

    public init() {}

    /// The rows of a stream; nil if the model does not have it.
    public subscript(_ stream: Stream) -> Variable? { pooled[stream] }

    /// Adds rows that a method has made.
    public mutating func set(_ stream: Stream, to rows: Variable, tokens: Variable? = nil) {
        pooled[stream] = rows
        self.tokens[stream] = tokens
    }

    /// Adds a stream after the blocks that are left, which run with hooks.
    public mutating func finish(
        _ stream: Stream, _ run: inout SuffixRun,
        hooks: (_ block: Int) -> AttentionHooks = { _ in AttentionHooks() },
        feedForward: (_ block: Int) -> FeedForwardHooks = { _ in FeedForwardHooks() }
    ) {
        set(
            stream, to: run.finish(hooks: hooks, feedForward: feedForward),
            tokens: run.keepsTokens ? run.tokens() : nil)
    }

    /// Adds a stream as the frozen backbone has it.
    public mutating func set(_ stream: Stream, to states: StreamStates) {
        if let final = states.final {
            set(stream, to: final, tokens: states.finalTokens)
        } else if var run = states.run {
            finish(stream, &run)
        } else {
            preconditionFailure("a stream without a final state or blocks")
        }
    }

    /// Adds a stream whose final state is changed, `[rows, C]`, and its tokens as much.
    public mutating func set(_ stream: Stream, to states: StreamStates, changedBy change: Variable)
    {
        guard let final = states.final else {
            preconditionFailure("a ladder climbs beside a stream to its final state")
        }
        set(
            stream, to: final + change,
            tokens: states.finalTokens.map { $0.adding(change, toTokens: 0..<$0.shape[1]) })
    }
}

extension AdaptedStreams {
    /// Rows of all streams side by side, `[rows, ΣC]`; a row of a stream with fewer of them, such as a
    /// text, stands beside all rows of its sample.
    public func joined() -> Variable {
        let rows = pooled.values.map { $0.shape[0] }.max() ?? 0
        let columns = pooled.streams.compactMap { stream in
            pooled[stream].map { $0.shape[0] == rows ? $0 : $0.repeated(rows / $0.shape[0]) }
        }
        guard var joined = columns.first else { preconditionFailure("a model of no stream") }
        for next in columns.dropFirst() { joined = joined.concatenated(with: next) }
        return joined
    }
}
