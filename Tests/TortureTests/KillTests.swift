import Foundation
import Tensors
import TestSupport
import Testing

extension TortureTests {
    /// kill -9 at every system call that changes the cache, and at moments spread over a run.
    @Suite struct KillTests {
        @Test func orphansAreSeen() throws {
            let child = try Child("sh", ["-c", "setsid sleep 60 & kill -9 $$"])
            #expect(child.wait().status == -SIGKILL)
            let family = ProcessFamily(child)
            #expect(!family.vanishes(within: 0.1))
            family.members.forEach { kill($0, SIGKILL) }
            #expect(family.vanishes(within: 5))
        }

        @Test(arguments: Torture.commands)
        func killedAtAnyCall(command: String) async throws {
            let bench = try CacheBench(clips: 5, upTo: command)
            let stage = try #require(bench.stages.first { $0.name == command })
            let counted = try bench.prepare(stage, "counted")
            let calls = try Fault.calls(
                of: bench.arguments(stage, counted), below: counted, log: "\(bench.path)/log")
            let all = calls.calls.flatMap { call in
                [Fault.Kind.kill, .torn].filter { Fault.applies($0, to: call) }.map { (call, $0) }
            }
            let trials = Torture.some(all, short: 8)
            let tally = Tally()
            try await Torture.forEach(trials) { call, kind in
                let cache = try bench.prepare(stage, "\(kind.rawValue)-\(call.number)")
                defer { bench.remove(cache) }
                let title: Comment =
                    "\(command): \(kind.rawValue) at call \(call.number), \(call.name)"
                let fault = Fault(kind: kind, call: call.number)
                let child = try Child(
                    Program.path, bench.arguments(stage, cache),
                    environment: fault.environment(cache))
                #expect(child.wait().status == -SIGKILL, title)
                #expect(ProcessFamily(child).vanishes(within: 5), title)
                #expect(try bench.flaw(of: cache, stage) == nil, title)
                #expect(try bench.differenceAfterResuming(stage, cache) == nil, title)
                tally.count("\(kind.rawValue), then resumed to the same bytes")
            }
            TortureReport.add(
                "kill -9", "\(command), at each of \(calls.calls.count) calls", tally.all)
        }

        @Test func killedAtAnyMoment() async throws {
            let bench = try CacheBench(
                clips: 70, jobs: 2, upTo: Torture.size(full: "audio", short: "extract"))
            let count = Torture.size(full: 40, short: 3)
            for stage in bench.stages {
                let tally = Tally()
                try await Torture.forEach(Array(0..<count)) { index in
                    let cache = try bench.prepare(stage, "moment-\(stage.name)-\(index)")
                    defer { bench.remove(cache) }
                    let child = try Child(Program.path, bench.arguments(stage, cache))
                    usleep(UInt32((Double(index) + 0.5) / Double(count) * stage.seconds * 1e6))
                    child.kill()
                    let status = child.wait().status
                    #expect(ProcessFamily(child).vanishes(within: 5))
                    tally.count(status == -SIGKILL ? "killed" : "exit \(status)")
                    #expect(try bench.flaw(of: cache, stage) == nil, "moment \(index)")
                    let difference = try bench.differenceAfterResuming(stage, cache)
                    #expect(difference == nil, "moment \(index)")
                }
                TortureReport.add("kill -9", "\(stage.name), at moments spread evenly", tally.all)
            }
        }

        @Test func killedAgainAndAgainWhileItGrows() async throws {
            let bench = try CacheBench(
                clips: 100, jobs: 2, upTo: Torture.size(full: "audio", short: "extract"))
            for stage in bench.stages {
                let tally = Tally()
                for seed in 0..<UInt64(Torture.size(full: 5, short: 1)) {
                    var generator = SplitMix64(seed: seed)
                    let cache = try bench.prepare(stage, "growing-\(stage.name)-\(seed)")
                    defer { bench.remove(cache) }
                    for _ in 0..<Torture.size(full: 20, short: 3) {
                        let fault = Fault(
                            kind: Bool.random(using: &generator) ? .kill : .torn,
                            call: Int.random(in: 1...250, using: &generator))
                        let ending = try Child.run(
                            Program.path, bench.arguments(stage, cache),
                            environment: fault.environment(cache))
                        tally.count(ending.status == -SIGKILL ? "killed" : "exit \(ending.status)")
                        #expect(try bench.flaw(of: cache, stage) == nil, "seed \(seed)")
                    }
                    let difference = try bench.differenceAfterResuming(stage, cache)
                    #expect(difference == nil, "seed \(seed)")
                }
                TortureReport.add("kill -9", "\(stage.name), of the same growing cache", tally.all)
            }
        }
    }
}
