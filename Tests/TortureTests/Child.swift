import Foundation
import Synchronization

/// A process that a test starts, watches and may kill, in a process group of its own.
///
/// Foundation's `Process` looks twenty times a second whether a process has ended, which is too
/// seldom for thousands of them.
final class Child: Sendable {
    let pid: pid_t

    /// Variable of its environment, which those that it starts inherit.
    let mark: String
    private let outputFile: String
    private let errorFile: String

    /// How a process ended, and what it printed.
    struct Ending: Sendable {
        /// Exit status; negative for a signal.
        let status: Int32
        let output: String
        let errors: String

        var lines: [Substring] { errors.split(separator: "\n") }
    }

    struct StartError: Error, CustomStringConvertible {
        let description: String
    }

    private static let serial = Atomic(0)

    /// Starts a program with nothing to read and files to print to.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let number = Self.serial.wrappingAdd(1, ordering: .relaxed).newValue
        let place = "\(NSTemporaryDirectory())/avprep-child-\(getpid())-\(number)"
        mark = "AVPREP_TEST_CHILD=\(getpid())-\(number)"
        (outputFile, errorFile) = ("\(place).out", "\(place).err")

        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorFile, flags, 0o600)

        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables =
            all.map { strdup("\($0.key)=\($0.value)") }
            + [strdup(mark), nil]
        defer { (words + variables).forEach { free($0) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, program, &actions, &attributes, &words, &variables)
        guard code == 0 else {
            throw StartError(
                description: "cannot start \(program): \(String(cString: strerror(code)))")
        }
        self.pid = pid
    }

    deinit {
        unlink(outputFile)
        unlink(errorFile)
    }

    /// Kills the process, and none of those it started.
    func kill() { Foundation.kill(pid, SIGKILL) }

    /// Waits until the process has ended; after `limit` seconds its whole group is killed.
    ///
    /// - Parameters:
    ///   - limit: Seconds.
    ///   - look: Called many times a second while the process runs.
    /// - Returns: How it ended; by signal 9 if it exceeded the limit.
    func wait(limit: Double = 300, _ look: () -> Void = {}) -> Ending {
        let start = Date()
        var code: Int32 = 0, pause: UInt32 = 500
        while waitpid(pid, &code, WNOHANG) == 0 {
            look()
            if Date().timeIntervalSince(start) > limit { Foundation.kill(-pid, SIGKILL) }
            usleep(pause)
            pause = min(pause + 500, 20_000)
        }
        let signal = code & 0x7f
        return Ending(
            status: signal == 0 ? (code >> 8) & 0xff : -signal, output: text(outputFile),
            errors: text(errorFile))
    }

    private func text(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    /// Runs a program to its end.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        limit: Double = 300
    ) throws -> Ending {
        try Child(program, arguments, environment: environment).wait(limit: limit)
    }
}
