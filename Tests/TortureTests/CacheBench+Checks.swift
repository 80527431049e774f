import Foundation
import TestSupport
import Testing

extension CacheBench {
    /// What is wrong with a cache whose filling was disturbed, if anything is.
    ///
    /// Every file under a final name is that of the undisturbed run. Only the list of failures
    /// grows, so it may have fewer lines.
    func flaw(of cache: String, _ stage: Stage) throws -> String? {
        for (name, bytes) in try Self.files(of: cache) {
            guard !name.contains(".tmp-") else { continue }
            guard let reference = stage.after[name] else { return "\(name) should not be" }
            if bytes == reference { continue }
            guard name.hasSuffix("failures.jsonl"), bytes.last == UInt8(ascii: "\n"),
                Set(bytes.split(separator: 10)).isSubset(of: reference.split(separator: 10))
            else { return "\(name) is neither whole nor absent" }
        }
        return nil
    }

    /// Files that were being built and should have been removed.
    func remnants(in cache: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: cache) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: cache)
            .filter { $0.contains(".tmp-") }
    }

    /// Checks a cache with the program itself.
    func verification(of cache: String) throws -> Child.Ending? {
        guard FileManager.default.fileExists(atPath: "\(cache)/cache.json") else { return nil }
        return try Child.run(Program.path, ["verify", "--cache", cache, "--read-data"])
    }

    /// Runs a stage undisturbed to its end, and says what differs then from a run never disturbed.
    func differenceAfterResuming(_ stage: Stage, _ cache: String) throws -> String? {
        let ending = try Child.run(Program.path, arguments(stage, cache))
        guard ending.status == stage.status else {
            return "resuming ended with \(ending.status): \(ending.errors)"
        }
        return try difference(of: cache, stage)
    }

    /// The first file in which a cache differs from one that was never disturbed.
    func difference(of cache: String, _ stage: Stage) throws -> String? {
        let files = try Self.files(of: cache)
        let names = Set(files.keys).union(stage.after.keys).sorted()
        return names.first { files[$0] != stage.after[$0] }.map { "\($0) differs" }
    }
}
