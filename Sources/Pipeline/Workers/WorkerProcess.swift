import CLinux
import Foundation
import Synchronization

/// A running worker and the connection to it; killed when it is released.
final class WorkerProcess: Sendable {
    /// How a worker has ended.
    struct Ending: Sendable {
        /// The signal that ended it; nil if it ended by itself, or not yet.
        let signal: Int32?

        /// The most memory that it held at a time, in bytes.
        let peak: Int
    }

    let socket: WorkerSocket
    private let id: pid_t
    private let ending = Mutex<Ending?>(nil)

    /// Starts a program whose standard input is a connection, and nothing else of ours.
    init(_ launcher: WorkerLauncher) throws(WorkerError) {
        let ends = try WorkerSocket.pair()
        socket = WorkerSocket(adopting: ends.ours)
        let theirs = WorkerSocket(adopting: ends.theirs)
        defer { withExtendedLifetime(theirs) {} }
        id = try Self.spawn(launcher, standardInput: ends.theirs)
    }

    deinit { _ = end() }

    private static func spawn(
        _ launcher: WorkerLauncher, standardInput: Int32
    ) throws(WorkerError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        for number: Int32 in 1...2 {
            unsafe posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
        }
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A group of its own: what the terminal sends is for the run to decide upon.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

        let environment = launcher.environment.map { "\($0.key)=\($0.value)" }.sorted()
        var id: pid_t = 0
        let code = unsafe withCStrings(launcher.arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe posix_spawn(
                    &id, launcher.executable, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            throw WorkerError(
                operation: "start a decoding process (\(launcher.executable))",
                reason: unsafe String(cString: strerror(code)))
        }
        return id
    }

    /// Kills the worker, and says how it ended.
    ///
    /// - Parameter hasHungUp: Whether it seems to end by itself, so that its own way of ending can be
    ///   waited for.
    /// - Returns: What is known; nothing of one that hangs inside the kernel, as on a network file
    ///   system that is gone, which is not waited for.
    @discardableResult
    func end(hasHungUp: Bool = false) -> Ending {
        ending.withLock { ending in
            if let ending { return ending }
            var end = hasHungUp ? ended(within: 1_000) : nil
            if end == nil {
                kill(id, SIGKILL)
                end = ended(within: 1_000)
            }
            let result = end ?? Ending(signal: nil, peak: 0)
            ending = result
            return result
        }
    }

    private func ended(within milliseconds: Int) -> Ending? {
        for _ in 0..<milliseconds {
            var status: Int32 = 0
            var usage = rusage()
            if unsafe wait4(id, &status, WNOHANG, &usage) == id {
                let signal = status & 0x7f  // WTERMSIG, a macro that Swift cannot import.
                return Ending(
                    signal: signal == 0 ? nil : signal, peak: Int(usage.ru_maxrss) * 1024)
            }
            usleep(1_000)
        }
        return nil
    }
}

/// Calls `body` with a list of C strings that ends with a null pointer.
@unsafe
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let copies = unsafe strings.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    return unsafe body(copies + [nil])
}
