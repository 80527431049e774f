import Datasets
import Foundation
import Media
import Pipeline
import Storage
import TestSupport
import Testing

/// Clips that are decoded in processes of their own, and what becomes of these.
@Suite(.serialized) struct WorkerTests {
    private let data: AVEFolder
    private let slow: String
    private let launcher = WorkerLauncher(
        executable: Program.path, arguments: ["avprep", "worker"],
        environment: ProcessInfo.processInfo.environment)

    /// A whole clip, one that takes some tenths of a second to decode, and some that lack something.
    init() throws {
        data = try AVEFolder(clips: ["one", "slow", "two", "mute", "page", "gone"])
        try data.makeClip("one", grey: 50)
        try data.makeClip("two", grey: 90)
        try data.makeClip("mute", grey: 90, hasAudio: false)
        try Data("<html>quota exceeded</html>".utf8).write(to: URL(filePath: data.clip("page")))
        slow = data.clip("slow")
        try data.ffmpeg(
            "-f lavfi -i testsrc2=s=1920x1080:r=60:d=2 -f lavfi -i sine=d=2 -preset ultrafast",
            to: slow)
    }

    private func cache(_ name: String) -> String { "\(data.path)/\(name)" }

    @discardableResult
    private func extract(
        _ name: String, _ launcher: WorkerLauncher?, jobs: Int = 1,
        limits: DecodingLimits = DecodingLimits(),
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> StageSummary {
        var configuration = Extraction.Configuration()
        configuration.jobs = jobs
        configuration.launcher = launcher
        let dataset = try DatasetCatalog.read(data.root, as: data.manifest)
        var settings = ExtractionSettings(
            segments: dataset.segments, segmentDuration: dataset.segmentDuration)
        settings.picture.size = PictureSize(width: 32, height: 32)
        settings.limits = limits
        return try Extraction(dataset, settings, cache: cache(name), configuration).run(
            command: "test", isCancelled: isCancelled, report: { _ in })
    }

    /// What the cache says of the slow clip's frames, if it failed.
    private func failure(in name: String) throws -> ClipFailure? {
        try Cache(opening: cache(name)).feature("frames").failures().first { $0.clip == "slow" }
    }

    private func expectSame(_ a: String, _ b: String) throws {
        let isSame = try data.files(of: cache(a)) == data.files(of: cache(b))
        #expect(isSame)
    }

    @Test(arguments: [1, 2, 5])
    func bytesAreThoseOfDecodingInTheSameProcess(jobs: Int) throws {
        try extract("same", nil)
        let summary = try extract("apart", launcher, jobs: jobs)
        #expect(summary.processed == 6 && summary.failedClips == 3)
        try expectSame("apart", "same")
    }

    @Test(arguments: [SIGKILL, SIGSEGV])
    func workerThatIsKilledOnceCostsNothing(signal: Int32) throws {
        try extract("same", nil)
        let watch = WorkerWatch(slow, most: 1) { kill($0, signal) }
        try extract("apart", launcher)
        #expect(watch.end() == 1)
        try expectSame("apart", "same")
    }

    @Test(arguments: [(SIGKILL, "SIGKILL"), (SIGSEGV, "SIGSEGV"), (SIGABRT, "SIGABRT")])
    func clipThatEndsItsWorkersIsNamed(signal: Int32, name: String) throws {
        let watch = WorkerWatch(slow) { kill($0, signal) }
        let summary = try extract("apart", launcher)
        #expect(watch.end() == 2)
        #expect(summary.processed == 6 && summary.failedClips == 4)
        let failure = try #require(try failure(in: "apart"))
        #expect(failure.outcome == "crash" && !failure.isPartial)
        #expect(failure.message == "cannot decode \(slow): the decoder crashed (\(name))")
        #expect(try Cache(opening: cache("apart")).feature("frames").index().contains("two"))
    }

    @Test func clipWhoseWorkerHangsTimesOut() throws {
        let watch = WorkerWatch(slow) { kill($0, SIGSTOP) }
        try extract("apart", launcher, limits: DecodingLimits(wallSeconds: 1))
        #expect(watch.end() == 1)
        let failure = try #require(try failure(in: "apart"))
        #expect(failure.outcome == "timeout")
        #expect(failure.message.hasSuffix(": the decoder did not come back within 1.0 s"))
        try extract("apart", launcher)
        #expect(try self.failure(in: "apart") == nil)
    }

    @Test func hangingWorkerDoesNotKeepARunFromStopping() throws {
        let start = ContinuousClock.now
        let watch = WorkerWatch(slow) { kill($0, SIGSTOP) }
        let summary = try extract("apart", launcher, isCancelled: { watch.hasMeddled })
        #expect(watch.end() == 1)
        #expect(summary.wasCancelled && summary.processed == 1)
        #expect(ContinuousClock.now - start < .seconds(60))
        try extract("same", nil)
        try extract("apart", launcher)
        try expectSame("apart", "same")
    }

    @Test func fileThatChangesWhileItIsReadIsNotTaken() throws {
        let slow = slow
        let watch = WorkerWatch(slow) {
            kill($0, SIGSTOP)
            let date = Date(timeIntervalSince1970: 1e9)
            try? FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: slow)
            kill($0, SIGCONT)
        }
        try extract("apart", launcher)
        #expect(watch.end() == 1)
        let failure = try #require(try failure(in: "apart"))
        #expect(failure.outcome == "unreadable")
        #expect(failure.message == "cannot decode \(slow): it changed while it was read")
        #expect(try extract("apart", launcher).processed == 1)
        #expect(try self.failure(in: "apart") == nil)
    }

    /// A worker takes some 270 MB of addresses before it decodes anything, and a picture 50 MB.
    @Test func clipThatTakesTooMuchMemoryIsHostile() throws {
        try data.ffmpeg("-f lavfi -i testsrc2=s=7680x4320:r=4:d=2 -preset ultrafast", to: slow)
        for megabytes in [330, 400] {
            try extract("apart", launcher, limits: DecodingLimits(memoryBytes: megabytes << 20))
            let failure = try #require(try failure(in: "apart"))
            #expect(failure.outcome == "hostile" && !failure.isPartial)
            #expect(
                failure.message
                    == "cannot decode \(slow): it takes more than \(megabytes) MiB of memory")
            try FileManager.default.removeItem(atPath: cache("apart"))
        }
        try extract("apart", launcher)
        #expect(try failure(in: "apart") == nil)
    }

    @Test func workersEndWithTheirRun() throws {
        for id in ["one", "two", "mute", "page", "gone"] {
            try? FileManager.default.removeItem(atPath: data.clip(id))
            try FileManager.default.copyItem(atPath: slow, toPath: data.clip(id))
        }
        let process = try Program.start([
            "extract", data.root, "--dataset", data.manifest, "--cache", cache("killed"),
            "--jobs", "2", "--quiet",
        ])
        var workers: [ChildProcess] = []
        while workers.count < 2, process.isRunning {
            // Those that are at work, and no longer being started.
            workers = ChildProcess.all(of: process.processIdentifier).filter {
                $0.openFiles.contains { $0.hasPrefix(data.root) }
            }
        }
        try #require(workers.count == 2)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let start = ContinuousClock.now
        while workers.contains(where: \.isRunning), ContinuousClock.now - start < .seconds(5) {
            // One that is stopped, again and again, cannot see that nobody is there.
            kill(workers[0].id, SIGSTOP)
            usleep(1_000)
        }
        let left = workers.filter(\.isRunning)
        #expect(left.isEmpty)
        for worker in left { kill(worker.id, SIGKILL) }
    }
}
