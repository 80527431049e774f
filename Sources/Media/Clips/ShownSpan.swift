/// From when to when a stream shows pictures, as its packets tell.
struct ShownSpan {
    private let statedInterval: Double?
    private var first = Double.infinity
    private var count = 0
    private var lastDuration = 0.0
    private var greatestEnd = -Double.infinity

    /// When the last picture appears, in seconds; nil before the first is noted.
    private(set) var last: Double?

    /// - Parameter statedInterval: Mean seconds between two pictures, as the container tells.
    init(statedInterval: Double?) {
        self.statedInterval = statedInterval
    }

    /// Notes a picture and the seconds for which it is shown; 0 when unknown.
    mutating func note(_ time: Double, _ duration: Double) {
        count += 1
        first = min(first, time)
        if time >= last ?? time {
            last = time
            lastDuration = duration
        }
        greatestEnd = max(greatestEnd, time + duration)
    }

    /// When the last picture disappears: after its own duration, or the mean interval, or else 40 ms.
    var endOfLast: Double? {
        guard let last else { return nil }
        if lastDuration > 0 { return last + lastDuration }
        return last + ((count > 1 ? (last - first) / Double(count - 1) : statedInterval) ?? 0.04)
    }

    /// When no picture is shown any more.
    var end: Double? { endOfLast.map { max($0, greatestEnd) } }
}
