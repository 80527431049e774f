import Foundation
import TestSupport
import Testing

extension TortureTests {
    /// Memory and open files over many clips.
    @Suite struct LeakTests {
        /// What a run held while it worked.
        private struct Usage {
            let clips: Int

            /// Largest memory of the parent and of all its processes, in KiB.
            var leader = 0
            var sum = 0

            /// Files that the parent had open, each time it was looked at.
            var openFiles: [Int] = []
        }

        @Test func memoryAndOpenFilesDoNotGrowWithTheClips() throws {
            let counts = Torture.size(full: [200, 2000], short: [100, 300])
            let usages = try counts.map(usage)
            let (few, many) = (usages[0], usages[1])
            let slope = Double(many.leader - few.leader) / Double(many.clips - few.clips)
            #expect(slope < 1, "\(slope) KiB per clip")
            let sumSlope = Double(many.sum - few.sum) / Double(many.clips - few.clips)
            #expect(sumSlope < 1, "\(sumSlope) KiB per clip in all processes")
            let most = usages.map { $0.openFiles.max() ?? 0 }
            #expect(most[1] <= most[0] + 2, "\(most) open files")
            for usage in usages {
                TortureReport.add(
                    "leaks", "clips of one run", tried: usage.clips,
                    [
                        "peak KiB": usage.leader, "peak KiB of all processes": usage.sum,
                        "open files": usage.openFiles.max() ?? 0,
                    ])
            }
        }

        private func usage(_ clips: Int) throws -> Usage {
            let data = try AVEFolder(clips: (0..<clips).map { "clip\($0)" })
            try data.makeClip("clip0", grey: 70)
            for index in 1..<clips { link(data.clip("clip0"), data.clip("clip\(index)")) }
            let child = try Child(
                Program.path,
                [
                    "extract", data.root, "--dataset", data.manifest, "--cache",
                    "\(data.path)/cache", "--size", "32", "--quiet", "--jobs", "2",
                ])
            var usage = Usage(clips: clips)
            let group = ProcessGroup(leader: child.pid)
            let ending = child.wait(limit: 900) {
                let peaks = group.peaks()
                (usage.leader, usage.sum) = (
                    max(usage.leader, peaks.leader), max(usage.sum, peaks.sum)
                )
                if let count = group.openFiles() { usage.openFiles.append(count) }
            }
            #expect(ending.status == 0, "\(ending.errors)")
            return usage
        }
    }
}
