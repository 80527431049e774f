import Foundation
import Tensors
import TestSupport
import Testing

extension TortureTests {
    /// Media files damaged in every way, extracted in one run.
    @Suite struct DamagedMediaTests {
        private static let classes: Set = [
            "missing", "unreadable", "no-video", "no-audio", "short", "silent", "corrupt",
            "unsupported", "timeout", "hostile",
        ]

        @Test func everyDamagedFileHasDataOrAReason() throws {
            let folder = try TemporaryFolder()
            let place = String(cString: realpath(folder.path, nil))
            let originals = try originals(place)
            let clips = try damage(originals, into: place)
            TortureReport.add("damaged media", "of \(originals.count) files", clips)

            let first = try extract(place, "first", jobs: 2)
            for feature in ["frames", "logmel"] {
                let failures = try failures(of: "\(place)/first", feature)
                TortureReport.add(
                    "damaged media", "\(feature): clips without data, or with gaps", failures)
            }
            TortureReport.add(
                "damaged media", "peak memory, MiB", tried: clips.values.reduce(0, +),
                ["of the parent": first.leader >> 10, "of all processes": first.sum >> 10])

            // The order in which clips are dealt with is another then.
            _ = try extract(place, "second", jobs: Torture.size(full: 2, short: 1))
            let (one, other) = try (
                CacheBench.files(of: "\(place)/first"), CacheBench.files(of: "\(place)/second")
            )
            let names = Set(one.keys).union(other.keys)
            let different = names.filter { one[$0] != other[$0] }.sorted()
            #expect(different.isEmpty, "the same damage has two outcomes")
            for name in different where name.hasSuffix(".jsonl") {
                let lines = Set(Self.lines(one[name])).symmetricDifference(Self.lines(other[name]))
                #expect(lines.isEmpty, "\(name)")
            }
        }

        /// Files to be damaged: real ones of all containers, or a few that are made.
        private func originals(_ place: String) throws -> [String] {
            if Torture.isFull {
                let media = try #require(Torture.media, "AVPREP_MEDIA is not set")
                return try FileManager.default.subpathsOfDirectory(atPath: media).sorted()
                    .filter { !$0.hasPrefix("truth") && $0.contains("/") }.map { "\(media)/\($0)" }
            }
            let formats = [
                ["-c:v", "libx264", "-c:a", "aac", "a.mp4"],
                ["-c:v", "mpeg4", "-c:a", "mp3", "b.avi"],
                ["-c:v", "libx264", "-c:a", "aac", "c.ts"],
                ["-c:v", "mpeg4", "-c:a", "flac", "d.mkv"],
            ]
            return try formats.map { format in
                let file = "\(place)/\(format.last!)"
                let made = try Child.run(
                    "ffmpeg",
                    ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=2"]
                        + ["-f", "lavfi", "-i", "sine=300:d=2", "-threads", "1"] + format.dropLast()
                        + [file])
                try #require(made.status == 0, "\(made.errors)")
                return file
            }
        }

        /// Makes a data set in AVE's layout of every original damaged in every way.
        private func damage(_ originals: [String], into place: String) throws -> [String: Int] {
            try FileManager.default.createDirectory(
                atPath: "\(place)/data/AVE", withIntermediateDirectories: true)
            var ids: [String] = [], counts: [String: Int] = [:]
            for (number, original) in originals.enumerated() {
                let url = URL(filePath: original), bytes = try Data(contentsOf: url)
                for (way, damage) in Damage.all.enumerated() {
                    var generator = SplitMix64(seed: UInt64(number * 100 + way))
                    var damaged = bytes
                    damage.apply(to: &damaged, using: &generator)
                    let id = "\(number)-\(way).\(url.pathExtension)"
                    try damaged.write(to: URL(filePath: "\(place)/data/AVE/\(id)"))
                    ids.append(id)
                    counts[damage.description, default: 0] += 1
                }
            }
            let lines = ids.map { "Bark&\($0)&good&0&1\n" }.joined()
            for (name, text) in [
                ("Annotations.txt", lines), ("trainSet.txt", lines), ("valSet.txt", ""),
                ("testSet.txt", ""),
            ] {
                try Data(text.utf8).write(to: URL(filePath: "\(place)/data/\(name)"))
            }
            let manifest = """
                name: damaged
                reader: AVE
                annotations: Annotations.txt
                media: AVE/{id}
                splits: {train: trainSet.txt, val: valSet.txt, test: testSet.txt}
                segments: 2
                segmentDuration: 1
                """
            try Data(manifest.utf8).write(to: URL(filePath: "\(place)/damaged.yaml"))
            return counts
        }

        /// Extracts all in one run, which may neither crash nor hang.
        ///
        /// - Returns: The largest memory held, in KiB.
        private func extract(
            _ place: String, _ name: String, jobs: Int
        ) throws -> (leader: Int, sum: Int) {
            let child = try Child(
                Program.path,
                [
                    "extract", "\(place)/data", "--dataset", "\(place)/damaged.yaml", "--cache",
                    "\(place)/\(name)", "--size", "32", "--quiet", "--jobs", "\(jobs)",
                ])
            var peaks = (leader: 0, sum: 0)
            let ending = child.wait(limit: Torture.size(full: 1800, short: 120)) {
                let now = ProcessFamily(child).peaks()
                peaks = (max(peaks.leader, now.leader), max(peaks.sum, now.sum))
            }
            #expect(
                [0, 3].contains(ending.status), "ended with \(ending.status): \(ending.errors)")
            let status = try Child.run(
                Program.path, ["status", "--cache", "\(place)/\(name)", "--json"])
            let lines = status.output.split(separator: "\n")
            #expect(lines.count == 2)
            for line in lines {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                let counts = try #require(object as? [String: Any])
                #expect(counts["missing"] as? Int == 0, "\(line)")
            }
            return peaks
        }

        private static func lines(_ file: Data?) -> [Substring] {
            String(decoding: file ?? Data(), as: UTF8.self).split(separator: "\n")
        }

        /// Counts by class of the clips of which something lacks; each must say why.
        private func failures(of cache: String, _ feature: String) throws -> [String: Int] {
            var counts: [String: Int] = [:]
            let text = try String(
                contentsOfFile: "\(cache)/\(feature)/failures.jsonl", encoding: .utf8)
            for line in text.split(separator: "\n") {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                let failure = try #require(object as? [String: Any])
                let outcome = try #require(failure["outcome"] as? String)
                #expect(Self.classes.contains(outcome), "\(line)")
                #expect((failure["message"] as? String)?.hasPrefix("cannot ") == true, "\(line)")
                let isPartial = try #require(failure["partial"] as? Bool)
                counts[isPartial ? "\(outcome) (kept)" : outcome, default: 0] += 1
            }
            return counts
        }
    }
}
