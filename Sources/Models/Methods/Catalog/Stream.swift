/// One of the inputs of a model, with a backbone of its own.
public enum Stream: String, Codable, Sendable, CaseIterable, Comparable {
    case visual
    case audio
    case text

    /// The order in which streams are listed everywhere.
    public static func < (lhs: Stream, rhs: Stream) -> Bool { lhs.number < rhs.number }

    private var number: Int {
        switch self {
        case .visual: 0
        case .audio: 1
        case .text: 2
        }
    }
}

extension Dictionary where Key == Stream {
    /// The streams that have a value, in order.
    public var streams: [Stream] { keys.sorted() }
}
