/// Something in a cache or run folder that could not be read, written or trusted, and why.
public struct StorageError: Error, CustomStringConvertible, Sendable, Equatable {
    /// What kind of trouble it is; the command line turns it into an exit status.
    public enum Kind: Sendable, Equatable {
        case failed
        case missing
        case locked
        case noSpace
        case permission

        /// The cache was made by another recipe, sample list or version.
        case incompatible

        /// Bytes are not what they were when they were written.
        case damaged
    }

    public let kind: Kind

    /// What was attempted, such as `write cache/frames/shard-00000.h5`.
    public let operation: String
    public let reason: String

    public var description: String { "cannot \(operation): \(reason)" }

    public init(_ kind: Kind, _ operation: String, _ reason: String) {
        self.kind = kind
        self.operation = operation
        self.reason = reason
    }
}
