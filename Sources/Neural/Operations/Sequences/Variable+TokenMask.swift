import Tensors

extension Variable {
    /// Which tokens a sequence has, given how many.
    ///
    ///     y[b, n] = 1 for n < x[b], else 0
    ///
    /// - Parameter tokens: N.
    /// - Returns: `[B, N]`, for a receiver of lengths, `[B]`, which are not differentiated.
    public func tokenMask(of tokens: Int) -> Variable {
        precondition(shape.count == 1 && !needsGradient, "lengths of shape \(shape)")
        let lengths = self
        return tape.record([count, tokens], from: [lengths]) { y in
            let lengths = lengths.value.elements
            for i in y.elements.indices {
                y.elements[i] = Float(i % tokens) < lengths[i / tokens] ? 1 : 0
            }
        } pullback: { _, _ in
        }
    }

    /// What is added to scores of a clip's segments, so that no query sees one without data or out of reach.
    ///
    ///     y[b, m, t] = 0 if x[b, t] > 0 and |t − m| ≤ reach, else −∞;   0 for the columns behind
    ///
    /// - Parameters:
    ///   - queries: M; query m stands at segment m where there is a reach.
    ///   - reach: How far a query sees; as far as the clip goes if not given.
    ///   - others: How many more keys there are, which every query sees.
    /// - Returns: `[B, M, T + others]`, for a receiver that is 1 for each segment with data and 0 for others,
    ///   `[B, T]`, which is not differentiated.
    public func keyMask(queries: Int, reach: Int? = nil, others: Int = 0) -> Variable {
        precondition(shape.count == 2 && !needsGradient, "validity of shape \(shape)")
        let valid = self, segments = columns, width = columns + others
        return tape.record([shape[0], queries, width], from: [valid]) { y in
            let valid = valid.value.elements
            for i in y.elements.indices {
                let (row, key) = i.quotientAndRemainder(dividingBy: width)
                let (clip, query) = row.quotientAndRemainder(dividingBy: queries)
                let isSeen =
                    key >= segments
                    || valid[clip * segments + key] > 0 && abs(key - query) <= reach ?? Int.max
                y.elements[i] = isSeen ? 0 : -.infinity
            }
        } pullback: { _, _ in
        }
    }
}
