/// The value of an option of a method, as a recipe writes it.
public enum MethodOption: Sendable, Equatable {
    case integer(Int)
    case number(Double)
    case text(String)
    case flag(Bool)
}

extension MethodOption: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let text = try? container.decode(String.self) {
            // In YAML all scalars are texts; `off` is a word of some options, and no truth.
            self = Bool(text).map { .flag($0) } ?? .text(text)
        } else {
            self = .flag(try container.decode(Bool.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        }
    }
}

extension MethodOption: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// The options of a method in a recipe, with its own values for those that are not given.
public struct MethodOptions: Sendable {
    private let method: String
    private let values: [String: MethodOption]
    private let defaults: [String: MethodOption]

    /// - Throws: ``MethodCatalog/Error`` for an option that the method does not have.
    init(
        of method: String, _ given: [String: MethodOption], defaults: [String: MethodOption]
    ) throws(MethodCatalog.Error) {
        for name in given.keys.sorted() where defaults[name] == nil {
            let known = defaults.keys.sorted().joined(separator: ", ")
            throw MethodCatalog.Error(
                description: "method \(method) has no option '\(name)'"
                    + (known.isEmpty ? "" : " (known: \(known))"))
        }
        self.method = method
        self.defaults = defaults
        values = defaults.merging(given) { $1 }
    }

    /// The first of the options, but for some, that has another value than that of the method's own.
    func changed(but others: Set<String>) -> String? {
        values.keys.sorted().first { !others.contains($0) && values[$0] != defaults[$0] }
    }

    /// A whole number.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(MethodCatalog.Error) -> Int {
        guard case .integer(let value)? = values[name], range ~= value else {
            throw wrong(name, "a whole number in \(range.lowerBound)…\(range.upperBound)")
        }
        return value
    }

    /// A number that is not negative.
    func number(_ name: String) throws(MethodCatalog.Error) -> Double {
        switch values[name] {
        case .integer(let value)? where value >= 0: return Double(value)
        case .number(let value)? where value >= 0 && value.isFinite: return value
        default: throw wrong(name, "a number that is not negative")
        }
    }

    /// Yes or no.
    func flag(_ name: String) throws(MethodCatalog.Error) -> Bool {
        guard case .flag(let value)? = values[name] else { throw wrong(name, "true or false") }
        return value
    }

    /// One of some words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws(MethodCatalog.Error) -> Choice where Choice.RawValue == String {
        guard case .text(let word)? = values[name], let choice = Choice(rawValue: word) else {
            throw wrong(name, type.allCases.map(\.rawValue).joined(separator: " or "))
        }
        return choice
    }

    private func wrong(_ name: String, _ wanted: String) -> MethodCatalog.Error {
        let found =
            switch values[name] {
            case .integer(let value)?: "\(value)"
            case .number(let value)?: "\(value)"
            case .text(let value)?: "'\(value)'"
            case .flag(let value)?: "\(value)"
            case nil: "absent"
            }
        return MethodCatalog.Error(
            description: "method.\(name) is \(found); it must be \(wanted)")
    }
}
