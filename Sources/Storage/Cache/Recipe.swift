import Foundation

/// A JSON value whose encoding is the same for equal values.
public enum JSONValue: Codable, Sendable, Equatable {
    case string(String)
    case number(Double)
    case bool(Bool)
    case array([JSONValue])
    case object([String: JSONValue])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// What `value` encodes itself as.
    public init(encoding value: some Encodable) {
        do {
            self = try JSONDecoder().decode(
                JSONValue.self, from: Data(JSONLines.text(of: value).utf8))
        } catch {
            preconditionFailure("JSON of our own cannot be read: \(error)")
        }
    }

    /// The value as one line of JSON with its keys in order.
    public var text: String { JSONLines.text(of: self) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
}

/// Everything that determines the bytes of a feature.
public struct Recipe: Codable, Sendable, Equatable {
    public let fields: JSONValue

    public init(_ fields: [String: JSONValue]) { self.fields = .object(fields) }

    /// The same without some fields.
    public func leavingOut(_ names: Set<String>) -> Recipe {
        guard case .object(let fields) = fields else { return self }
        return Recipe(fields.filter { !names.contains($0.key) })
    }

    public init(from decoder: any Decoder) throws { fields = try JSONValue(from: decoder) }

    public func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }

    /// Hash of the recipe; features computed from this one name it in their own recipes.
    public var fingerprint: String { XXH3.digest(fields.text) }

    /// The value of a field, if the recipe has it.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let fields) = fields else { return nil }
        return fields[name]
    }

    /// In words, each field in which this recipe differs from an older one.
    public func differences(from old: Recipe) -> [String] {
        Self.differences(from: old.fields, to: fields, at: [])
    }

    private static func differences(
        from old: JSONValue?, to new: JSONValue?, at path: [String]
    ) -> [String] {
        guard old != new else { return [] }
        if case .object(let old)? = old, case .object(let new)? = new {
            return Set(old.keys).union(new.keys).sorted().flatMap {
                differences(from: old[$0], to: new[$0], at: path + [$0])
            }
        }
        let name = path.joined(separator: ".")
        return ["\(name) is \(new?.text ?? "absent"), was \(old?.text ?? "absent")"]
    }
}
