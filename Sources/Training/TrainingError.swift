/// Something that keeps a training or an evaluation from running, and why.
public struct TrainingError: Error, CustomStringConvertible, Sendable {
    /// What kind of trouble it is; the command line turns it into an exit status.
    public enum Kind: Sendable {
        case failed

        /// The recipe is not valid, or asks for what does not fit together.
        case recipe

        /// The cache is stale, incomplete, or not the one that is needed.
        case cache

        /// A file or folder does not exist.
        case missing

        case permission
    }

    public let kind: Kind

    /// What was attempted, such as `train on cache ave`.
    public let operation: String
    public let reason: String

    public var description: String { "cannot \(operation): \(reason)" }

    public init(_ kind: Kind, _ operation: String, _ reason: String) {
        self.kind = kind
        self.operation = operation
        self.reason = reason
    }
}
