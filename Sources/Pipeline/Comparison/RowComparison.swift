import Synchronization

/// How the states of one clip differ, layer by layer.
struct RowComparison: Sendable {
    private(set) var layers: [StateDifference] = []

    /// Whether other segments or tokens are valid, or were kept.
    private(set) var hasOtherTokens = false

    /// Compares the values that are valid in both.
    init(_ key: String, _ names: [String], _ a: StateRows, _ b: StateRows) throws {
        let valid = (try a.valid(key), try b.valid(key))
        hasOtherTokens = valid.0 != valid.1
        let both = zip(valid.0, valid.1).map { $0 && $1 }
        for name in names {
            let (x, y) = (try a.states(name, of: key), try b.states(name, of: key))
            if try a.tokens(name, of: key) != b.tokens(name, of: key) { hasOtherTokens = true }
            // Segments of a clip, tokens of a text: either way equal parts, the valid ones counted.
            var difference = StateDifference()
            let size = both.isEmpty ? 0 : x.count / both.count
            for (part, isValid) in both.enumerated() where isValid {
                let range = part * size..<(part + 1) * size
                difference.add(x[range], y[range])
            }
            layers.append(difference)
        }
    }
}

/// One result for each index, which any thread may set.
final class SharedResults<Value: Sendable>: Sendable {
    private let state: Mutex<[Value?]>

    init(count: Int) { state = Mutex(Array(repeating: nil, count: count)) }

    var values: [Value?] { state.withLock { $0 } }

    func set(_ value: Value, at index: Int) { state.withLock { $0[index] = value } }
}
