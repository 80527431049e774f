/// A backbone that cannot be loaded or used, and why.
public struct BackboneError: Error, CustomStringConvertible, Sendable {
    /// What was attempted, such as `load backbone models/vit-b16`.
    public let operation: String
    public let reason: String

    /// Whether the reason is that a file or folder does not exist.
    public let isMissing: Bool

    public var description: String { "cannot \(operation): \(reason)" }

    public init(_ operation: String, _ reason: String, isMissing: Bool = false) {
        self.operation = operation
        self.reason = reason
        self.isMissing = isMissing
    }
}
