import Foundation
import Models
import Neural
import Storage
import Synchronization
import Tensors
import Testing

@testable import Pipeline

/// Threads, and what becomes of the work when it is stopped.
@Suite struct EncodingLineTests {
    private let feature = "states-stand-in-visual"

    @Test(arguments: [2, 3, 8])
    func bytesDoNotDependOnJobs(jobs: Int) throws {
        let bench = try EncodingBench(clips: 70)
        try bench.encoding().run()
        let serial = try bench.shards(of: feature)
        #expect(serial.count == 3)
        try bench.remove(feature)
        try bench.encoding(jobs: jobs).run()
        #expect(try bench.shards(of: feature) == serial)
    }

    /// One clip keeps several threads busy: each of its segments waits for the others.
    @Test func segmentsOfAClipAreSpreadOverThreads() throws {
        let bench = try EncodingBench(clips: 1), meeting = Meeting(of: 3)
        try bench.encoding(.visual, [0], of: MeetingBackbone(meeting: meeting), jobs: 3).run()
        #expect(meeting.workers == 3)
    }

    @Test func timesAreMeasured() throws {
        let bench = try EncodingBench()
        let summary = try bench.encoding(jobs: 2).run()
        let times = try #require(summary.times)
        #expect(times.reading > 0 && times.computing > 0 && times.writing > 0)
        #expect(summary.processed == 5 && summary.bytes == 5 * 2 * 3 * 9 * 3 * 4)
    }

    @Test func limitKeepsRowsAndTheNextRunGoesOn() throws {
        let bench = try EncodingBench(clips: 40)
        let first = try bench.encoding(jobs: 2, limit: 3).run()
        #expect(first.processed == 3 && first.reachedLimit)
        let rest = try bench.encoding(jobs: 2).run()
        #expect(rest.processed == 37 && rest.skipped == 3 && !rest.reachedLimit)
        let last = bench.pixels(of: 39).suffix(3).map { Float($0) }
        let stored = try bench.numbers(feature, "block_00", "c39", as: Float.self)
        #expect(Array(stored.suffix(3)) == last)
    }

    @Test func endOfTimeKeepsWhatIsBegun() throws {
        let bench = try EncodingBench(clips: 40), asked = Atomic(0)
        let encoding = bench.encoding(
            jobs: 2, isOutOfTime: { asked.wrappingAdd(1, ordering: .relaxed).newValue > 20 })
        let summary = try encoding.run()
        #expect(summary.reachedLimit && !summary.wasCancelled)
        #expect(0 < summary.processed && summary.processed < 40)
        let index = try bench.cache().feature(feature).index()
        #expect((0..<40).count { index.contains("c\($0)") } == summary.processed)
        try bench.encoding().run()
        let parts = try bench.cache().feature(feature).index()
        #expect((0..<40).allSatisfy { parts.contains("c\($0)") })
    }

    @Test func signalDropsIncompleteGroups() throws {
        let bench = try EncodingBench(clips: 40), written = Atomic(0)
        let summary = try bench.encoding().run(
            command: "test", isCancelled: { written.load(ordering: .relaxed) >= 33 },
            report: { event in
                if case .progressed(let done, _) = event { written.store(done, ordering: .relaxed) }
            })
        #expect(summary.wasCancelled && summary.processed >= 33)
        let names = try bench.cache().feature(feature).shardPaths()
        #expect(names.count == 1 && names[0].hasSuffix("shard-00000.h5"))
        try bench.encoding(jobs: 2).run()
        let continued = try bench.shards(of: feature)
        try bench.remove(feature)
        try bench.encoding().run()
        #expect(try bench.shards(of: feature) == continued)
    }

    /// Clips 3, 20 and 35 cannot be stored, and the first of them is named however many threads work.
    @Test(arguments: [1, 2, 5])
    func firstClipThatFailsIsNamed(jobs: Int) throws {
        let bench = try EncodingBench(clips: 40)
        let wrong = [3, 20, 35].map { clip in
            Array(bench.pixels(of: clip).prefix(24))
        }
        let error = #expect(throws: Encoding.OverflowError.self) {
            try bench.encoding(.visual, [0], of: FailingBackbone(wrong: wrong), jobs: jobs).run()
        }
        #expect(
            error?.description.hasPrefix("cannot store the states of c3: layer 0 has 27") == true)
    }
}

/// Threads that go on only when all have come, or after half a minute.
final class Meeting: @unchecked Sendable {
    private let count: Int
    private let condition = NSCondition()
    private var met: Set<ObjectIdentifier> = []

    init(of count: Int) { self.count = count }

    var workers: Int { condition.withLock { met.count } }

    func meet(_ worker: AnyObject) {
        let deadline = Date(timeIntervalSinceNow: 30)
        condition.withLock {
            met.insert(ObjectIdentifier(worker))
            condition.broadcast()
            while met.count < count, condition.wait(until: deadline) {}
        }
    }
}

/// A stand-in whose workers wait for each other.
private struct MeetingBackbone: FrozenBackbone {
    let meeting: Meeting
    private let model = StandInBackbone()

    init(meeting: Meeting) { self.meeting = meeting }

    var configuration: any Encodable & Sendable { model.configuration }
    var inputs: Set<BackboneInput.Kind> { model.inputs }
    var depth: Int { model.depth }
    var finalNorm: FrozenLayerNorm? { nil }

    func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(BackboneError) -> StateLayout { try model.layout(ofLayer: layer, for: size) }

    func classRow(of input: BackboneInput) -> Int? { 0 }
    func makeWorker() -> any BackboneWorker { Worker(meeting, model.makeWorker()) }

    private final class Worker: BackboneWorker {
        private let meeting: Meeting
        private let worker: any BackboneWorker

        init(_ meeting: Meeting, _ worker: any BackboneWorker) {
            self.meeting = meeting
            self.worker = worker
        }

        func forEachState(
            of input: BackboneInput, layers: Set<Int>,
            _ body: (_ layer: Int, _ states: Tensor) throws -> Void
        ) rethrows {
            meeting.meet(self)
            try worker.forEachState(of: input, layers: layers, body)
        }
    }
}

/// A stand-in that gives no numbers for some pictures.
private struct FailingBackbone: FrozenBackbone {
    let wrong: [[UInt8]]
    private let model = StandInBackbone()

    init(wrong: [[UInt8]]) { self.wrong = wrong }

    var configuration: any Encodable & Sendable { model.configuration }
    var inputs: Set<BackboneInput.Kind> { model.inputs }
    var depth: Int { model.depth }
    var finalNorm: FrozenLayerNorm? { nil }

    func layout(
        ofLayer layer: Int, for size: BackboneInput.Size
    ) throws(BackboneError) -> StateLayout { try model.layout(ofLayer: layer, for: size) }

    func classRow(of input: BackboneInput) -> Int? { 0 }
    func makeWorker() -> any BackboneWorker { Worker(wrong, model.makeWorker()) }

    private final class Worker: BackboneWorker {
        private let wrong: [[UInt8]]
        private let worker: any BackboneWorker

        init(_ wrong: [[UInt8]], _ worker: any BackboneWorker) {
            self.wrong = wrong
            self.worker = worker
        }

        func forEachState(
            of input: BackboneInput, layers: Set<Int>,
            _ body: (_ layer: Int, _ states: Tensor) throws -> Void
        ) rethrows {
            guard case .picture(let rgb, _, _) = input, wrong.contains(rgb) else {
                return try worker.forEachState(of: input, layers: layers, body)
            }
            try body(0, Tensor(repeating: .nan, shape: [9, 3]))
        }
    }
}
