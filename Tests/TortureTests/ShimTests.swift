import Foundation
import TestSupport
import Testing

private let canTrace =
    (try? Child.run("strace", ["-f", "-o", "/dev/null", "true"]))?.status == 0

extension TortureTests {
    /// The library that makes calls fail, against the system's own account of them.
    @Suite struct ShimTests {
        /// Read-only opens and their closes are not counted; strace tells of those too.
        private static let names = [
            "write", "pwrite64", "writev", "pwritev", "copy_file_range", "sendfile", "fallocate",
            "ftruncate", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink",
            "unlinkat", "mkdir", "mkdirat", "link", "linkat", "rmdir", "truncate",
        ]

        @Test(.enabled(if: canTrace, "there is no strace, or it may not trace"))
        func everyCallIsSeen() throws {
            let bench = try CacheBench(clips: 5)
            for stage in bench.stages {
                let cache = try bench.prepare(stage, "traced-\(stage.name)")
                let calls = try Fault.calls(
                    of: bench.arguments(stage, cache), below: cache, log: "\(bench.path)/log")
                #expect(calls.ending.status == stage.status)
                bench.remove(cache)

                _ = try bench.prepare(stage, "traced-\(stage.name)")
                let trace = "\(bench.path)/trace"
                let traced = try Child.run(
                    "strace",
                    [
                        "-f", "-y", "-s", "4096", "-e", "trace=%file,%desc", "-o", trace,
                        Program.path,
                    ]
                        + bench.arguments(stage, cache))
                #expect(traced.status == stage.status)
                let expected = try counts(in: trace, below: cache)
                #expect(expected["pwrite64"] ?? 0 > 10 && expected["rename"] ?? 0 > 0)
                for name in Self.names {
                    let count = calls.calls.count { $0.name == name }
                    #expect(count == expected[name] ?? 0, "\(stage.name): \(name)")
                }
                let opens = calls.calls.count { $0.name == "openat" }
                #expect(opens == expected["openat"], "\(stage.name): openat for writing")
                TortureReport.add(
                    "calls", "\(stage.name), seen by strace and by the library alike",
                    Dictionary(grouping: calls.calls, by: \.name).mapValues(\.count))
            }
        }

        /// Calls below a folder, by name; of those that open files, only those for writing.
        private func counts(in trace: String, below folder: String) throws -> [String: Int] {
            var counts: [String: Int] = [:]
            for line in try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n") {
                guard line.contains(folder), !line.contains("resumed>"),
                    let name = line.firstMatch(of: /^\d+ +(\w+)\(/)?.1
                else { continue }
                let opens = name == "openat" || name == "open" || name == "creat"
                if opens, line.firstMatch(of: /O_WRONLY|O_RDWR|O_CREAT|creat/) == nil { continue }
                counts[opens ? "openat" : String(name), default: 0] += 1
            }
            return counts
        }

        @Test func childrenAreLeftAlone() throws {
            let folder = try TemporaryFolder()
            let place = String(cString: realpath(folder.path, nil))
            let environment = Fault(kind: .io, call: 1).environment(place)
            // The shell makes no file itself; what it starts would fail at its own first.
            let alone = try Child.run(
                "sh", ["-c", "touch \(place)/a; :"], environment: environment)
            #expect(alone.status == 0 && alone.errors.isEmpty)
            let together = try Child.run(
                "sh", ["-c", "touch \(place)/b && :"],
                environment: environment.merging(["FAULT_CHILDREN": "1"]) { $1 })
            #expect(together.status != 0 && together.errors.contains("Input/output error"))
        }
    }
}
