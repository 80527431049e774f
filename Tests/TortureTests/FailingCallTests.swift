import Foundation
import TestSupport
import Testing

extension TortureTests {
    /// Every write-side system call failing once.
    @Suite struct FailingCallTests {
        /// Calls whose failure costs nothing: what they release or remove is no part of the cache.
        private static let harmless: Set = ["close", "unlink", "unlinkat"]

        @Test(arguments: Torture.commands)
        func failureIsToldAndHealed(command: String) async throws {
            let bench = try CacheBench(clips: 5, upTo: command)
            let stage = try #require(bench.stages.first { $0.name == command })
            let counted = try bench.prepare(stage, "counted")
            let calls = try Fault.calls(
                of: bench.arguments(stage, counted), below: counted, log: "\(bench.path)/log")
            #expect(calls.ending.status == stage.status)
            try #require(calls.calls.count > 20)

            let all = calls.calls.flatMap { call in
                Fault.Kind.survivable.filter { Fault.applies($0, to: call) }.map { (call, $0) }
            }
            let trials = Torture.some(all, short: 16)
            let tally = Tally()
            try await Torture.forEach(trials) { call, kind in
                let outcome = try trial(bench, stage, call, kind)
                tally.count("\(kind.rawValue), \(outcome)")
            }
            TortureReport.add(
                "failing calls", "\(command), each of \(calls.calls.count) calls", tally.all)
        }

        private func trial(
            _ bench: CacheBench, _ stage: CacheBench.Stage, _ call: Fault.Call, _ kind: Fault.Kind
        ) throws -> String {
            let cache = try bench.prepare(stage, "\(kind.rawValue)-\(call.number)")
            defer { bench.remove(cache) }
            let place = cache.replacingOccurrences(of: bench.path, with: "")
            let title: Comment = """
                \(stage.name): \(kind.rawValue) at call \(call.number), \(call.name) of \
                \(call.path) (cache \(place))
                """
            let fault = Fault(kind: kind, call: call.number)
            let ending = try Child.run(
                Program.path, bench.arguments(stage, cache), environment: fault.environment(cache))
            #expect(try bench.flaw(of: cache, stage) == nil, title)

            let isHarmless = Self.harmless.contains(call.name)
            if let status = kind.status, !(isHarmless && ending.status == stage.status) {
                #expect(ending.status == status, "\(title): \(ending.errors)")
                #expect(ending.lines.count == 1, "\(title): \(ending.errors)")
                #expect(ending.errors.hasPrefix("avprep: cannot "), "\(title): \(ending.errors)")
                if !isHarmless { #expect(try bench.remnants(in: cache) == [], title) }
                if Torture.isFull || call.number % 4 == 0,
                    let verification = try bench.verification(of: cache)
                {
                    #expect(verification.status == 0, "\(title): \(verification.output)")
                }
                #expect(try bench.differenceAfterResuming(stage, cache) == nil, title)
            } else {
                #expect(ending.status == stage.status, "\(title): \(ending.errors)")
                let difference =
                    try isHarmless
                    ? bench.differenceAfterResuming(stage, cache)
                    : bench.difference(of: cache, stage)
                #expect(difference == nil, title)
            }
            return "exit \(ending.status)"
        }
    }
}
