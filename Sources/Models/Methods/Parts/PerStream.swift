/// A value for all streams alike, or one for each.
///
/// Written as the value, or as `{visual: value, audio: value, text: value}`.
public enum PerStream<Value: Codable & Sendable & Equatable>: Sendable, Equatable {
    case all(Value)
    case each([Stream: Value])

    /// That of a stream; nil if it has none.
    public subscript(_ stream: Stream) -> Value? {
        switch self {
        case .all(let value): value
        case .each(let values): values[stream]
        }
    }

    /// Every value that is written down.
    public var values: [Value] {
        switch self {
        case .all(let value): [value]
        case .each(let values): values.streams.compactMap { values[$0] }
        }
    }
}

extension PerStream: ExpressibleByIntegerLiteral where Value == Int {
    public init(integerLiteral value: Int) { self = .all(value) }
}

extension PerStream: ExpressibleByArrayLiteral where Value == [Int] {
    public init(arrayLiteral elements: Int...) { self = .all(elements) }
}

extension PerStream: Codable {
    /// Keys that are streams.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        guard let container = try? decoder.container(keyedBy: Key.self) else {
            self = .all(try decoder.singleValueContainer().decode(Value.self))
            return
        }
        var values: [Stream: Value] = [:]
        for key in container.allKeys {
            guard let stream = Stream(rawValue: key.stringValue) else {
                let known = Stream.allCases.map(\.rawValue).joined(separator: ", ")
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(
                        codingPath: container.codingPath,
                        debugDescription: "'\(key.stringValue)' is no stream (known: \(known))"))
            }
            values[stream] = try container.decode(Value.self, forKey: key)
        }
        self = .each(values)
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .all(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .each(let values):
            var container = encoder.container(keyedBy: Key.self)
            for stream in values.streams {
                try container.encode(values[stream], forKey: Key(stringValue: stream.rawValue))
            }
        }
    }
}
