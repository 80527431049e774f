import Foundation
import Tensors
import TestSupport
import Testing

extension TortureTests {
    /// Eight processes at once on one cache.
    @Suite struct CrowdTests {
        /// Enough clips for a group for each process.
        private static let clips = 8 * 32

        @Test func oneWorksAndTheOthersAreToldSo() throws {
            let bench = try CacheBench(
                clips: Self.clips, upTo: Torture.size(full: "visual", short: "extract"))
            for stage in bench.stages {
                let tally = Tally()
                for round in 0..<Torture.size(full: 5, short: 1) {
                    let cache = try bench.prepare(stage, "same-\(stage.name)-\(round)")
                    let crowd = try (0..<8).map { _ in
                        try Child(Program.path, bench.arguments(stage, cache))
                    }
                    let endings = crowd.map { $0.wait() }
                    for ending in endings {
                        // One that comes late finds everything done.
                        #expect([stage.status, 11].contains(ending.status), "\(ending.errors)")
                        tally.count("exit \(ending.status)")
                    }
                    #expect(endings.contains { $0.status == stage.status })
                    #expect(try bench.difference(of: cache, stage) == nil, "round \(round)")
                }
                TortureReport.add("8 processes", "\(stage.name), the same command", tally.all)
            }
        }

        @Test func sharesAndKillsMakeTheSerialCache() throws {
            let bench = try CacheBench(
                clips: Self.clips, upTo: Torture.size(full: "visual", short: "extract"))
            for stage in bench.stages {
                let tally = Tally()
                for round in 0..<Torture.size(full: 5, short: 1) {
                    let cache = try bench.prepare(stage, "shares-\(stage.name)-\(round)")
                    let shares = try Torture.atOnce(8) { share in
                        let arguments = bench.arguments(stage, cache) + ["--shard", "\(share)/8"]
                        return try Self.work(arguments, seed: UInt64(round * 8 + share))
                    }
                    for (share, endings) in shares.enumerated() {
                        for ending in endings {
                            let isExpected = [-SIGKILL, 0, 3].contains(ending.status)
                            #expect(isExpected, "share \(share): \(ending.errors)")
                            tally.count(
                                ending.status == -SIGKILL ? "killed" : "exit \(ending.status)")
                        }
                        #expect(endings.last?.status != -SIGKILL)
                    }
                    #expect(try bench.flaw(of: cache, stage) == nil, "round \(round)")
                    let difference = try bench.differenceAfterResuming(stage, cache)
                    #expect(difference == nil, "round \(round)")
                }
                TortureReport.add("8 processes", "\(stage.name), a share each, killed", tally.all)
            }
        }

        /// Does a share of the work; the process is killed twice at random and started again.
        private static func work(_ arguments: [String], seed: UInt64) throws -> [Child.Ending] {
            var generator = SplitMix64(seed: seed), endings: [Child.Ending] = []
            for _ in 0..<2 {
                let child = try Child(Program.path, arguments)
                usleep(UInt32.random(in: 20_000...1_000_000, using: &generator))
                child.kill()
                endings.append(child.wait())
            }
            endings.append(try Child.run(Program.path, arguments))
            return endings
        }
    }
}
