import Foundation
import TestSupport
import Testing

private let canMount =
    (try? Child.run(
        "unshare", ["-m", "sh", "-c", "mount -t tmpfs none \(NSTemporaryDirectory())"]))?.status
    == 0

extension TortureTests {
    /// A cache on small file systems, of many sizes.
    @Suite(.enabled(if: canMount, "mounting a file system takes the right to"))
    struct FullFileSystemTests {
        @Test func fullDiskIsToldAndHealed() async throws {
            let bench = try CacheBench(
                clips: 40, upTo: Torture.size(full: "audio", short: "extract"))
            for stage in bench.stages {
                let before = try stage.before.map { try size(of: CacheBench.files(of: $0)) } ?? 0
                let after = size(of: stage.after), count = Torture.size(full: 20, short: 2)
                let sizes = (1...count).map { before + (after - before) * $0 / (count + 1) }
                let tally = Tally()
                try await Torture.forEach(sizes) { bytes in
                    let outcome = try trial(bench, stage, pages: bytes / 4096 + 1)
                    tally.count(outcome)
                }
                #expect(tally.all["exit 12"] ?? 0 > 0)
                TortureReport.add("full disk", "\(stage.name), sizes spread evenly", tally.all)
            }
        }

        /// Bytes that files take in pages, each with one for its own sake, and some for what is not counted.
        private func size(of files: [String: Data]) -> Int {
            files.values.reduce(16 * 4096) { $0 + ($1.count / 4096 + 1) * 4096 }
        }

        private func trial(
            _ bench: CacheBench, _ stage: CacheBench.Stage, pages: Int
        ) throws -> String {
            let disk = "\(bench.path)/disk-\(stage.name)-\(pages)"
            let command = ([Program.path] + bench.arguments(stage, "\(disk)/cache"))
                .map { "'\($0)'" }.joined(separator: " ")
            let start = stage.before.map { "cp -r \($0) \(disk)/cache || exit 99" } ?? ":"
            let script = """
                mkdir -p \(disk) \(disk)-after && mount -t tmpfs -o size=\(pages * 4)k none \(disk)
                \(start)
                \(command); echo $?
                find \(disk) -name '.tmp-*'
                '\(Program.path)' verify --cache \(disk)/cache --read-data >&2; echo $?
                mount -o remount,size=100m \(disk)
                \(command); echo $?
                cp -r \(disk)/cache \(disk)-after
                """
            let result = try Child.run("unshare", ["-m", "sh", "-c", script])
            defer {
                bench.remove(disk)
                bench.remove("\(disk)-after")
            }
            let title: Comment =
                "\(stage.name) on \(pages) pages: \(result.output) \(result.errors)"
            let lines = result.output.split(separator: "\n").compactMap { Int32($0) }
            try #require(lines.count == 3, title)
            #expect(lines[0] == 12 || lines[0] == stage.status, title)
            // Without even its description it is no cache yet.
            #expect(lines[1] == 0 || lines[1] == 10, title)
            #expect(lines[2] == stage.status, title)
            #expect(try bench.difference(of: "\(disk)-after/cache", stage) == nil, title)
            if lines[0] == 12 {
                // A look at the disk beforehand may refuse to begin.
                let complaints = result.lines.filter {
                    $0.contains("No space left on device") || $0.contains("the disk has")
                }
                #expect(complaints.count == 1, title)
                #expect(complaints.first?.hasPrefix("avprep: cannot ") == true, title)
            }
            return "exit \(lines[0])"
        }
    }
}
