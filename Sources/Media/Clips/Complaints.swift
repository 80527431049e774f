/// What a decoder objected to, counted.
struct Complaints {
    private(set) var count = 0
    private var first: String?

    mutating func add(_ reason: String) {
        count += 1
        first = first ?? reason
    }

    /// A finding on the stream that `subject` names; `nil` if there was nothing to object to.
    func finding(_ subject: String) -> Finding? {
        guard let first else { return nil }
        let times = count == 1 ? "once" : "\(count) times"
        return Finding(kind: .corrupt, reason: "\(subject) is damaged: \(first) (\(times))")
    }
}
