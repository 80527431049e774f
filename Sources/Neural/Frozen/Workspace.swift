/// Memory that one worker of the frozen pass uses again and again, beside its activations.
///
/// It grows to what is needed; after the first image nothing is allocated.
public final class Workspace {
    /// Scores of a panel of queries.
    var scores: [Float] = []

    public init() {}

    /// Makes room for `count` scores.
    func reserveScores(_ count: Int) {
        if scores.count < count { scores = Array(repeating: 0, count: count) }
    }
}
