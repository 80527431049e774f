import ArgumentParser
import Foundation
import Storage

/// Options of every command that reads states for training or from trained runs.
struct ReadingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Clips to leave out: those recorded as failed, or those listed in a file.",
            valueName: "failed|file"))
    var leaveOut: String?

    @Option(
        help: ArgumentHelp("Threads that compute (default: one for each core).", valueName: "count")
    )
    var threads = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
        guard 1...1024 ~= threads else { throw ValidationError("--threads must lie in 1…1024.") }
    }

    /// Ids of the clips to leave out.
    func absentClips(of cache: Cache) throws -> Set<String> {
        try Self.absentClips(leaveOut, of: cache)
    }

    /// Ids of clips to leave out: `failed` for those recorded as failed, or the path of a list.
    static func absentClips(_ leaveOut: String?, of cache: Cache) throws -> Set<String> {
        guard let leaveOut else { return [] }
        if leaveOut == "failed" {
            let failures = try cache.featureNames().flatMap { try cache.feature($0).failures() }
            return Set(failures.filter { !$0.isPartial }.map(\.clip))
        }
        let lines = String(decoding: try AtomicFile.read(leaveOut), as: UTF8.self)
        return Set(lines.split(whereSeparator: \.isNewline).map(String.init))
    }
}
