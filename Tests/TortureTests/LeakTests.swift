import Foundation
import TestSupport
import Testing

extension TortureTests {
    /// Memory and open files over many clips.
    @Suite struct LeakTests {
        /// What a run held at a moment.
        private struct Sample {
            /// Largest memory so far of the parent, and of it and its children together, in KiB.
            let leader: Int
            let sum: Int

            /// Files that the parent had open.
            let openFiles: Int
        }

        /// Two runs of the same length differ by a megabyte or more, so a run is compared with its own
        /// first half: what leaks goes on growing.
        @Test func memoryAndOpenFilesDoNotGrowWithTheClips() throws {
            let clips = Torture.size(full: 2000, short: 600)
            let samples = try samples(clips)
            try #require(samples.count > 10)
            let half = samples[samples.count / 2], end = try #require(samples.last)
            let leader = Double(end.leader - half.leader) / Double(clips / 2)
            // Few clips show no less than a step of the allocator; a decoder left open takes some hundred KiB.
            let limit = Torture.size(full: 1.0, short: 20)
            #expect(leader < limit, "\(leader) KiB per clip")
            let sum = Double(end.sum - half.sum) / Double(clips / 2)
            #expect(sum < limit, "\(sum) KiB per clip in all processes")

            let first = samples[..<(samples.count / 2)].map(\.openFiles).max() ?? 0
            let second = samples[(samples.count / 2)...].map(\.openFiles).max() ?? 0
            // A file or two are open while a shard is written, and not each of them is seen.
            #expect(
                second <= first + 2,
                "\(first) open files in the first half, \(second) in the second")
            TortureReport.add(
                "leaks", "of one run", tried: clips,
                [
                    "peak KiB at half": half.leader, "peak KiB": end.leader,
                    "peak KiB with children at half": half.sum, "peak KiB with children": end.sum,
                    "open files": max(first, second),
                ])
        }

        private func samples(_ clips: Int) throws -> [Sample] {
            let data = try AVEFolder(clips: (0..<clips).map { "clip\($0)" })
            try data.makeClip("clip0", grey: 70)
            for index in 1..<clips { link(data.clip("clip0"), data.clip("clip\(index)")) }
            let child = try Child(
                Program.path,
                [
                    "extract", data.root, "--dataset", data.manifest, "--cache",
                    "\(data.path)/cache", "--size", "32", "--quiet", "--jobs", "1",
                ])
            var samples: [Sample] = []
            let family = ProcessFamily(child)
            let ending = child.wait(limit: 900) {
                let peaks = family.peaks()
                // Both are missing of a process that is ending.
                guard let files = family.openFiles(), files > 0, peaks.leader > 0 else { return }
                samples.append(Sample(leader: peaks.leader, sum: peaks.sum, openFiles: files))
            }
            #expect(ending.status == 0, "\(ending.errors)")
            return samples
        }
    }
}
