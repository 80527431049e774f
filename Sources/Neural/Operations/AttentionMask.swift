import Tensors

/// Which keys a query attends to.
///
/// What is excluded has weight 0, exactly; a query from which everything is excluded reads zeros.
public struct AttentionMask {
    /// How many keys each sequence has, the first ones, `[B]`; all of them if not given.
    public let lengths: Variable?

    /// A, what is added to the scores, `[M, N]` for all sequences and heads; −∞ excludes a key.
    public let scores: Variable?

    /// No mask, unless lengths or scores are given; both may change from replay to replay, and neither is
    /// differentiated.
    public init(lengths: Variable? = nil, scores: Variable? = nil) {
        (self.lengths, self.scores) = (lengths, scores)
    }

    /// A window over time: the keys at most `reach` places from the query, for `count` of each.
    public static func window(_ reach: Int, count: Int, on tape: Tape) -> AttentionMask {
        let elements = (0..<count * count).map { index -> Float in
            abs(index / count - index % count) <= reach ? 0 : -.infinity
        }
        return AttentionMask(scores: tape.constant(Tensor(elements, shape: [count, count])))
    }

    var variables: [Variable] { [lengths, scores].compactMap(\.self) }

    func check(_ sizes: AttentionSizes) {
        precondition(variables.allSatisfy { !$0.needsGradient }, "a mask is not differentiated")
        precondition(lengths.map { $0.shape == [sizes.sequences] } ?? true, "lengths")
        precondition(
            scores.map { $0.shape == [sizes.queries, sizes.keys] } ?? true,
            "scores of \(sizes.queries) × \(sizes.keys)")
    }
}

/// What kernels see of it.
extension AttentionMask {
    struct Elements: Sendable {
        var lengths: ConstantElements?
        var scores: ConstantElements?

        var isEmpty: Bool { lengths == nil && scores == nil }

        /// How many keys a sequence has.
        func count(ofSequence sequence: Int, _ sizes: AttentionSizes) -> Int {
            lengths.map { min(max(Int($0.start[sequence]), 0), sizes.keys) } ?? sizes.keys
        }
    }

    /// Lends the present elements to workers.
    func withElements(_ body: (Elements) -> Void) {
        func withScores(_ lengths: ConstantElements?) {
            guard let scores else { return body(Elements(lengths: lengths)) }
            Kernel.withConstantElements(of: scores.value) {
                body(Elements(lengths: lengths, scores: $0))
            }
        }
        guard let lengths else { return withScores(nil) }
        Kernel.withConstantElements(of: lengths.value) { withScores($0) }
    }
}
