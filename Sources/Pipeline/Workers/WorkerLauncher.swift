/// How to start a program that calls ``DecodingWorker/serve(descriptor:)`` with its standard input.
public struct WorkerLauncher: Sendable, Equatable {
    /// Path of the program.
    public var executable: String

    /// Its arguments, its name first.
    public var arguments: [String]

    /// All of its environment.
    public var environment: [String: String]

    /// Describes a program.
    ///
    /// In the environment, numeric libraries are held to one thread each: a worker computes nothing
    /// with them, and they would start a thread for each core as they are loaded. Swift's runtime is
    /// kept from examining a crash, which takes it seconds, and from surviving some.
    public init(executable: String, arguments: [String], environment: [String: String]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        for name in ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"] { self.environment[name] = "1" }
        self.environment["SWIFT_BACKTRACE"] = "enable=no"
    }
}

/// No worker can be had, which is the trouble of a whole run, and why.
public struct WorkerError: Error, CustomStringConvertible, Sendable, Equatable {
    /// What was attempted, such as `start a decoding process`.
    public let operation: String
    public let reason: String

    public var description: String { "cannot \(operation): \(reason)" }
}
