import Foundation
import Tensors
import TestSupport
import Testing

extension TortureTests {
    /// Single bits of a cache inverted: `verify --read-data` has to find each.
    @Suite struct BitFlipTests {
        private struct Flip: Sendable {
            let file: String
            let byte: Int
            let bit: UInt8
        }

        /// What came of the flips.
        private final class Findings: Sendable {
            let all = Tally()
            let pictures = Tally()
            let missed = Shared<[String]>([])
        }

        @Test func everyFlippedBitIsFoundAndNamed() async throws {
            let bench = try CacheBench(clips: 5)
            let stage = try #require(bench.stages.last)
            let sound = try CacheBench.files(of: "\(bench.path)/undisturbed")
            try #require(sound == stage.after)
            let clean = try bench.verification(of: "\(bench.path)/undisturbed")
            try #require(clean?.status == 0)

            let flips = flips(in: sound, count: Torture.size(full: 1200, short: 26))
            let width = ProcessInfo.processInfo.activeProcessorCount
            let findings = Findings()
            // One copy of the cache for each that works on it.
            try await Torture.forEach(Array(0..<width)) { worker in
                let cache = "\(bench.path)/flipped-\(worker)"
                try FileManager.default.copyItem(atPath: "\(bench.path)/undisturbed", toPath: cache)
                for index in stride(from: worker, to: flips.count, by: width) {
                    try check(bench, cache, flips[index], sound, findings)
                }
            }
            TortureReport.add("bit flips", "in committed files", findings.all.all)
            TortureReport.add(
                "bit flips", "of these in pictures, by clip and array", findings.pictures.all)
            let missed = findings.missed.value
            let isEmpty = missed.isEmpty
            #expect(isEmpty, "\(missed.count) of \(flips.count), such as \(missed.prefix(10))")
        }

        /// Half of them anywhere in a file, half where its structure is.
        private func flips(in files: [String: Data], count: Int) -> [Flip] {
            var generator = SplitMix64(seed: 6)
            let names = files.keys.sorted()
            return (0..<count).map { index in
                let name = names[index % names.count], size = files[name]!.count
                let isNearTheStart = (index / names.count).isMultiple(of: 2)
                return Flip(
                    file: name,
                    byte: Int.random(
                        in: 0..<(isNearTheStart ? min(size, 4096) : size), using: &generator),
                    bit: UInt8.random(in: 0..<8, using: &generator))
            }
        }

        private func check(
            _ bench: CacheBench, _ cache: String, _ flip: Flip, _ sound: [String: Data],
            _ findings: Findings
        ) throws {
            let path = "\(cache)/\(flip.file)", original = sound[flip.file]!
            var bytes = original
            bytes[flip.byte] ^= 1 << flip.bit
            try bytes.write(to: URL(filePath: path))
            defer { try? original.write(to: URL(filePath: path)) }
            let result = try Child.run(Program.path, ["verify", "--cache", cache, "--read-data"])

            let printed = result.output + result.errors
            let title = "bit \(flip.bit) of byte \(flip.byte) of \(flip.file)"
            let kind =
                flip.file.hasSuffix(".h5") ? "shard" : URL(filePath: flip.file).lastPathComponent
            if result.status != 4 {
                findings.all.count("\(kind), missed with exit \(result.status)")
                findings.missed.change { $0.append(title) }
            } else if !printed.contains(flip.file) {
                findings.all.count("\(kind), found and not named")
                findings.missed.change {
                    $0.append("\(title), which is not named: \(printed)")
                }
            } else {
                findings.all.count("\(kind), found")
            }
            if let clip = picture(at: flip.byte, of: original, flip.file) {
                let isNamed = result.output.contains("clip \(clip): rgb is damaged")
                #expect(isNamed, "\(title): \(result.output)")
                findings.pictures.count(isNamed ? "named" : "not named")
            }
        }

        /// The clip of whose picture a byte is, where that shows: pictures are of one grey each.
        private func picture(at byte: Int, of bytes: Data, _ file: String) -> String? {
            let run = bytes[max(0, byte - 64)..<min(bytes.count, byte + 64)]
            guard file.hasPrefix("frames/"), Set(run).count <= 3, let value = run.min() else {
                return nil
            }
            switch value {
            case 145...155: return "clip1"
            default: return nil
            }
        }
    }
}
