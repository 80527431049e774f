/// A backbone that cannot be loaded or used, and why.
public struct BackboneError: Error, CustomStringConvertible, Sendable {
    /// What was attempted, such as `load backbone models/vit-b16`.
    public let operation: String
    public let reason: String

    public let kind: Kind

    /// What kind of trouble it is; the command line turns it into an exit status.
    public enum Kind: Sendable {
        /// A file or folder does not exist.
        case missing

        /// A file is not what it should be.
        case unreadable

        case permission

        /// No backbone has the name that was asked for.
        case unknown
    }

    public var description: String { "cannot \(operation): \(reason)" }

    public init(_ operation: String, _ reason: String, _ kind: Kind = .unreadable) {
        self.operation = operation
        self.reason = reason
        self.kind = kind
    }
}
