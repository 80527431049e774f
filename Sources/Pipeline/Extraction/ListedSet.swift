/// A set of named values that is encoded as a list in the order of their names.
///
/// Equal sets have equal encodings, which those of `Set` have not.
@propertyWrapper
public struct ListedSet<Element>: Codable, Sendable, Equatable
where Element: RawRepresentable<String> & Hashable & Codable & Sendable {
    public var wrappedValue: Set<Element>

    public init(wrappedValue: Set<Element>) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        wrappedValue = try Set(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try wrappedValue.sorted { $0.rawValue < $1.rawValue }.encode(to: encoder)
    }
}
