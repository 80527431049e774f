import Foundation
import TestSupport
import Testing

/// Runs that are stopped before they are done.
@Suite(.serialized) struct InterruptionTests {
    private let data: AVEFolder
    private let undisturbed: [String: Data]

    /// Enough clips for three groups, which are one file under many names.
    init() throws {
        let ids = (0..<80).map { "clip\($0)" }
        data = try AVEFolder(clips: ids)
        try data.makeClip("clip0", grey: 70)
        for id in ids.dropFirst() where id != "clip40" {
            try FileManager.default.copyItem(atPath: data.clip("clip0"), toPath: data.clip(id))
        }
        let result = try Program.run(Self.arguments(data, "undisturbed"))
        try #require(result.status == 3)
        undisturbed = try data.files(of: "\(data.path)/undisturbed")
    }

    private static func arguments(_ data: AVEFolder, _ cache: String) -> [String] {
        [
            "extract", data.root, "--dataset", data.manifest, "--cache", "\(data.path)/\(cache)",
            "--jobs", "2", "--quiet",
        ]
    }

    /// Whether every file under a shard's final name is a whole one.
    private func expectWholeShards(in cache: String) throws {
        for (name, bytes) in try data.files(of: cache) where !name.contains(".tmp-") {
            if name.hasSuffix(".h5") {
                let isWhole = bytes == undisturbed[name]
                #expect(isWhole, "\(name) differs")
            }
        }
    }

    @Test func killedRunsEndInTheBytesOfAnUndisturbedOne() throws {
        var generator = SystemRandomNumberGenerator()
        var kills = 0
        for round in 0..<4 {
            let name = "killed\(round)", cache = "\(data.path)/killed\(round)"
            for _ in 0..<6 {
                let process = try Program.start(Self.arguments(data, name))
                usleep(UInt32.random(in: 5_000...600_000, using: &generator))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal { kills += 1 }
                if FileManager.default.fileExists(atPath: cache) {
                    try expectWholeShards(in: cache)
                }
            }
            let last = try Program.run(Self.arguments(data, name))
            #expect(last.status == 3, "\(last.errors)")
            let isSame = try data.files(of: cache) == undisturbed
            #expect(isSame, "round \(round)")
        }
        #expect(kills > 0)
    }

    @Test(arguments: [(2, 130), (15, 143)] as [(Int32, Int32)])
    func signalledRunLeavesEverythingWhole(signal: Int32, status: Int32) throws {
        let name = "signal\(signal)"
        let process = try Program.start(Self.arguments(data, name))
        usleep(150_000)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        // A fast machine may be done before the signal comes.
        if process.terminationStatus != 3 {
            #expect(process.terminationReason == .exit)
            #expect(process.terminationStatus == status)
        }
        #expect(try Program.run(Self.arguments(data, name)).status == 3)
        #expect(try data.files(of: "\(data.path)/\(name)") == undisturbed)
    }

    @Test func sharesOfSeveralProcessesMakeTheSameCache() throws {
        let processes = try (0..<3).map { index in
            try Program.start(Self.arguments(data, "shared") + ["--shard", "\(index)/3"])
        }
        processes.forEach { $0.waitUntilExit() }
        #expect(processes.allSatisfy { [0, 3].contains($0.terminationStatus) })
        #expect(try data.files(of: "\(data.path)/shared") == undisturbed)
    }
}
