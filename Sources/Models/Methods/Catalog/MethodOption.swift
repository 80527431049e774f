/// The value of an option of a method, as a recipe writes it.
public enum MethodOption: Sendable, Equatable {
    case integer(Int)
    case number(Double)
    case text(String)
    case flag(Bool)
    case list([Int])
}

extension MethodOption: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([Int].self) {
            self = .list(value)
        } else if let value = try? container.decode(String.self) {
            // YAML has words for switches; `on` and `off` are left to options that list them.
            self = ["true": .flag(true), "false": .flag(false)][value] ?? .text(value)
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
        case .list(let value): try container.encode(value)
        }
    }
}

extension MethodOption: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .flag(value) }
    public init(arrayLiteral elements: Int...) { self = .list(elements) }
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

    /// What of the named options is not as the method has it by itself; nil if all are.
    func changed(among names: [String]) -> String? {
        names.first { values[$0] != defaults[$0] }
    }

    /// An option as it is given.
    subscript(_ name: String) -> MethodOption? { values[name] }

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

    /// One of some words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type
    ) throws(MethodCatalog.Error) -> Choice where Choice.RawValue == String {
        guard case .text(let word)? = values[name], let choice = Choice(rawValue: word) else {
            throw wrong(name, type.allCases.map(\.rawValue).joined(separator: " or "))
        }
        return choice
    }

    /// A switch: true or false, on or off.
    func flag(_ name: String) throws(MethodCatalog.Error) -> Bool {
        switch values[name] {
        case .flag(let value)?: return value
        case .text("on")?: return true
        case .text("off")?: return false
        default: throw wrong(name, "true or false")
        }
    }

    /// What is wrong with the value of an option, which is to be as `wanted` says.
    func wrong(_ name: String, _ wanted: String) -> MethodCatalog.Error {
        let found =
            switch values[name] {
            case .integer(let value)?: "\(value)"
            case .number(let value)?: "\(value)"
            case .text(let value)?: "'\(value)'"
            case .flag(let value)?: "\(value)"
            case .list(let value)?: "\(value)"
            case nil: "absent"
            }
        return MethodCatalog.Error(
            description: "method.\(name) is \(found); it must be \(wanted)")
    }
}
