/// Which states of the cache a method is trained on.
///
/// Written as `head`, or as `{ladder: [3, 6, 9, 12]}`.
public enum Placement: Sendable, Equatable {
    /// The final state only.
    case head

    /// Token states of the named layers, and the final state.
    case ladder([Int])

    /// The layers whose patches are read.
    public var taps: [Int] {
        switch self {
        case .head: []
        case .ladder(let layers): layers
        }
    }
}

extension Placement: Codable {
    private enum CodingKeys: String, CodingKey { case ladder }

    public init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            guard name == "head" else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(
                        codingPath: decoder.codingPath,
                        debugDescription: "'\(name)' is not head or {ladder: [layers]}"))
            }
            self = .head
            return
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self = .ladder(try values.decode([Int].self, forKey: .ladder))
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .head:
            var container = encoder.singleValueContainer()
            try container.encode("head")
        case .ladder(let layers):
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(layers, forKey: .ladder)
        }
    }
}
