/// What a decoder objected to, counted.
struct Complaints {
    private(set) var count = 0
    private var first: String?

    mutating func add(_ reason: String) {
        count += 1
        first = first ?? reason
    }

    /// A finding on a stream; `nil` if there was nothing to object to.
    func finding(_ stream: Finding.Stream) -> Finding? {
        guard let first else { return nil }
        let times = count == 1 ? "once" : "\(count) times"
        return Finding(
            kind: first == FFmpeg.outOfMemory ? .hostile : .corrupt, stream: stream,
            reason: "the \(stream) is damaged: \(first) (\(times))")
    }
}
