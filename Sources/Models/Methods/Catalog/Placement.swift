/// Where a method stands: which states of the cache it is trained on, and which blocks run meanwhile.
///
/// Written as `head`, as `{ladder: [3, 6, 9, 12]}`, as `ladder` for layers that the method chooses, as `{suffix: 8}`, or as
/// `{hybrid: {below: [0, 1, 2], from: 3}}`. Layers may be given for each stream, as in
/// `{suffix: {visual: 8, audio: 4}}`.
public enum Placement: Sendable, Equatable {
    /// The final state only.
    case head

    /// Token states of the named layers, or of those that the method chooses if none are, and the final state.
    case ladder(PerStream<[Int]>)

    /// The state that enters a block, which runs in the trainer with all blocks above.
    case suffix(PerStream<Int>)

    /// Token states of layers below a block, and the state that enters it; it runs with all above.
    case hybrid(Hybrid)

    public struct Hybrid: Codable, Sendable, Equatable {
        public var below: PerStream<[Int]>
        public var from: PerStream<Int>

        public init(below: PerStream<[Int]>, from: PerStream<Int>) {
            self.below = below
            self.from = from
        }
    }

    /// Its name in recipes.
    public var name: String {
        switch self {
        case .head: "head"
        case .ladder: "ladder"
        case .suffix: "suffix"
        case .hybrid: "hybrid"
        }
    }

    /// The layers of a stream whose tokens are read beside the stream that goes on.
    public func taps(_ stream: Stream) -> [Int] {
        switch self {
        case .head, .suffix: []
        case .ladder(let layers): layers[stream] ?? []
        case .hybrid(let hybrid): hybrid.below[stream] ?? []
        }
    }

    /// The first block of a stream that runs in the trainer; nil if none does.
    public func firstBlock(_ stream: Stream) -> Int? {
        switch self {
        case .head, .ladder: nil
        case .suffix(let first): first[stream]
        case .hybrid(let hybrid): hybrid.from[stream]
        }
    }

    /// Whether blocks run in the trainer.
    public var runsBlocks: Bool {
        switch self {
        case .head, .ladder: false
        case .suffix, .hybrid: true
        }
    }
}

extension Placement: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case ladder, suffix, hybrid }

    /// Keys as they are given, known or not.
    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        func wrong(_ found: String) -> DecodingError {
            DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "\(found) is not head, ladder, {ladder: [layers]}, {suffix: block} or "
                        + "{hybrid: {below: [layers], from: block}}"))
        }
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            switch name {
            case "head": self = .head
            case "ladder": self = .ladder([])
            default: throw wrong("'\(name)'")
            }
            return
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let given = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
        guard given.count == 1, let key = values.allKeys.first else {
            throw wrong("{\(given.joined(separator: ", "))}")
        }
        switch key {
        case .ladder: self = .ladder(try values.decode(PerStream<[Int]>.self, forKey: .ladder))
        case .suffix: self = .suffix(try values.decode(PerStream<Int>.self, forKey: .suffix))
        case .hybrid:
            let inner = try values.nestedContainer(keyedBy: AnyKey.self, forKey: .hybrid)
            let keys = inner.allKeys.map(\.stringValue).sorted()
            guard keys == ["below", "from"] else {
                throw wrong("{hybrid: {\(keys.joined(separator: ", "))}}")
            }
            self = .hybrid(try values.decode(Hybrid.self, forKey: .hybrid))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        guard self != .head else {
            var container = encoder.singleValueContainer()
            return try container.encode("head")
        }
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .head: break
        case .ladder(let layers): try values.encode(layers, forKey: .ladder)
        case .suffix(let first): try values.encode(first, forKey: .suffix)
        case .hybrid(let hybrid): try values.encode(hybrid, forKey: .hybrid)
        }
    }
}
