public import Foundation

/// The program as users run it, built beside the tests.
public enum Program {
    /// What a run printed, and how it ended.
    public struct Result: Sendable {
        public let status: Int32
        public let output: String
        public let errors: String
    }

    /// Path of the program.
    public static var path: String {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.deletingLastPathComponent().appending(path: ".build-tests/release/avprep")
            .path()
    }

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - arguments: What follows its name.
    ///   - environment: Added to that of the tests.
    /// - Throws: If the program cannot be started.
    /// - Returns: What it printed, and its exit status; negative for a signal.
    public static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Result {
        try run(path, arguments, environment: environment)
    }

    /// Runs another program to its end.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Result {
        let process = try start(program, arguments, environment: environment)
        // Both pipes are drained at once, so that neither can fill up and stop the program.
        let errors = Pipe.Reading(process.standardError)
        let output = Pipe.Reading(process.standardOutput)
        let (text, complaint) = (output.text(), errors.text())
        process.waitUntilExit()
        let wasSignalled = process.terminationReason == .uncaughtSignal
        return Result(
            status: wasSignalled ? -process.terminationStatus : process.terminationStatus,
            output: text, errors: complaint)
    }

    /// Starts the program, with pipes for what it prints and nothing to read.
    public static func start(_ arguments: [String]) throws -> Process {
        try start(path, arguments, environment: [:])
    }

    private static func start(
        _ program: String, _ arguments: [String], environment: [String: String]
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = Pipe()
        process.standardError = Pipe()
        try process.run()
        return process
    }
}

extension Pipe {
    /// Reads a pipe to its end on a thread of its own.
    fileprivate final class Reading: @unchecked Sendable {
        private var data = Data()
        private let finished = DispatchSemaphore(value: 0)

        init(_ pipe: Any?) {
            let file = (pipe as? Pipe)?.fileHandleForReading
            Thread { [self] in
                data = (try? file?.readToEnd()) ?? Data()
                finished.signal()
            }.start()
        }

        func text() -> String {
            finished.wait()
            return String(decoding: data, as: UTF8.self)
        }
    }
}
