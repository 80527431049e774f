import Foundation
import TestSupport

/// A call that the preloaded library strikes; see `Tests/FaultInjection`.
struct Fault: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case noSpace = "ENOSPC"
        case io = "EIO"
        case quota = "EDQUOT"
        case interruption = "EINTR"
        case full
        case short
        case kill
        case torn

        /// Kinds after which the program goes on, and can say what happened.
        static let survivable: [Kind] = [
            .noSpace, .io, .quota, .full, .interruption, .short,
        ]

        /// The exit status that tells a script; nil where the program has to go on as if nothing were.
        var status: Int32? {
            switch self {
            case .noSpace, .quota, .full: 12
            case .io: 1
            default: nil
            }
        }
    }

    /// A call that was counted.
    struct Call: Sendable {
        /// From 1.
        let number: Int

        /// The system's name.
        let name: String
        let path: String

        /// Whether it needs room on the disk.
        var takesRoom: Bool { writes || ["fallocate", "mkdir", "mkdirat"].contains(name) }

        /// Whether it writes bytes, of which there can be fewer.
        var writes: Bool {
            ["write", "writev", "pwrite64", "pwritev", "copy_file_range", "sendfile"].contains(name)
        }
    }

    /// Whether it makes sense to do this to a call.
    static func applies(_ kind: Kind, to call: Call) -> Bool {
        switch kind {
        case .short, .torn: call.writes
        case .full: call.takesRoom
        default: true
        }
    }

    let kind: Kind

    /// Number of the call.
    let call: Int

    static let library = "\(Torture.products)libFaultInjection.so"

    /// Variables that let it happen to calls below a folder.
    func environment(_ folder: String) -> [String: String] {
        Self.environment(folder).merging([
            "FAULT_KIND": kind.rawValue, "FAULT_CALL": "\(call)",
        ]) { $1 }
    }

    private static func environment(_ folder: String) -> [String: String] {
        ["LD_PRELOAD": library, "FAULT_FOLDER": folder]
    }

    /// The calls below a folder that the program makes where nothing happens to it.
    static func calls(
        of arguments: [String], below folder: String, log: String
    ) throws -> (ending: Child.Ending, calls: [Call]) {
        try? FileManager.default.removeItem(atPath: log)
        let variables = environment(folder).merging(["FAULT_LOG": log]) { $1 }
        let ending = try Child.run(Program.path, arguments, environment: variables)
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let calls = text.split(separator: "\n").compactMap { line -> Call? in
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, let number = Int(parts[0]) else { return nil }
            return Call(number: number, name: String(parts[1]), path: String(parts[2]))
        }
        return (ending, calls)
    }
}
