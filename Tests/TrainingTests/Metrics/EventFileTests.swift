import Foundation
import TestSupport
import Testing

@testable import Training

/// An interpreter that can import tensorboard; `make python-test` names one.
private let tensorBoardPython = ProcessInfo.processInfo.environment["AVPREP_TENSORBOARD_PYTHON"]

@Suite struct EventFileTests {
    static let points = (1...5).map { epoch in
        MetricPoint(
            step: 300 * epoch, epoch: epoch,
            values: [
                "train_loss": 2.5 / Double(epoch), "val_accuracy": epoch == 3 ? 0 : 0.2,
                "learning_rate": 1e-3,
            ], timings: ["samples_per_second": 41.5], time: 1_700_000_000.25 + Double(epoch))
    }

    /// Checks against RFC 3720, appendix B.4, and the check value that catalogues of CRCs give.
    @Test(
        arguments: [
            (Array(repeating: 0, count: 32), 0x8A91_36AA),
            (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283), ([], 0),
        ] as [([UInt8], UInt32)])
    func checksumsAreThoseOfTheStandard(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
        #expect(DecodedEvent.checksum(bytes) == expected)
    }

    private func log(_ folder: borrowing TemporaryFolder) throws -> MetricLog {
        let log = try MetricLog(run: folder.path, through: 0, title: "")
        for point in Self.points { try log.add(point) }
        return log
    }

    private func file(_ folder: borrowing TemporaryFolder) throws -> String {
        let names = try folder.contents().filter { $0.contains("tfevents") }
        #expect(names.count == 1)
        return "\(folder.path)/\(names[0])"
    }

    @Test func everyPointIsARecord() throws {
        let folder = try TemporaryFolder()
        _ = try log(folder)
        let events = try DecodedEvent.all(in: Data(contentsOf: URL(filePath: file(folder))))
        #expect(events.first?.version == "brain.Event:2")
        #expect(events.dropFirst().map(\.step) == [300, 600, 900, 1200, 1500])
        #expect(events.dropFirst().map(\.time) == Self.points.map { $0.time ?? 0 })
        // A number that is zero must not be taken for one that is not there.
        #expect(
            events.dropFirst().map { $0.values["val/accuracy"] } == [0.2, 0.2, 0, 0.2, 0.2])
        #expect(
            events.last?.values == [
                "train/loss": 0.5, "val/accuracy": 0.2, "learning_rate": 1e-3, "epoch": 5,
                "samples_per_second": 41.5,
            ])
    }

    @Test func damageIsNoticedByTheDecoder() throws {
        let folder = try TemporaryFolder()
        _ = try log(folder)
        let data = try Data(contentsOf: URL(filePath: file(folder)))
        for place in stride(from: 0, to: data.count, by: 7) {
            var damaged = data
            damaged[place] ^= 4
            #expect(throws: DecodedEvent.Flaw.self) { try DecodedEvent.all(in: damaged) }
        }
    }

    @Test(.enabled(if: tensorBoardPython != nil)) func tensorBoardReadsThePoints() throws {
        let folder = try TemporaryFolder()
        _ = try log(folder)
        // Resumed in between: TensorBoard is to see each step once.
        let again = try MetricLog(run: folder.path, through: 0, title: "")
        for point in Self.points.prefix(2) { try again.add(point) }
        try again.write()
        let resumed = try MetricLog(run: folder.path, through: 600, title: "")
        for point in Self.points.dropFirst(2) { try resumed.add(point) }
        let script = """
            import json, sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}).Reload()
            print(json.dumps({tag: [[e.step, e.value, e.wall_time] for e in events.Scalars(tag)]
                              for tag in events.Tags()["scalars"]}))
            """
        let result = try Program.run(
            tensorBoardPython ?? "", ["-c", script, folder.path],
            environment: ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"])
        #expect(result.status == 0, "\(result.errors)")
        let read = try JSONDecoder().decode(
            [String: [[Double]]].self, from: Data(result.output.utf8))
        let tags = [
            "train/loss": "train_loss", "val/accuracy": "val_accuracy",
            "learning_rate": "learning_rate",
        ]
        #expect(Set(read.keys) == Set(tags.keys).union(["epoch", "samples_per_second"]))
        for (tag, name) in tags {
            let expected = Self.points.map {
                [Double($0.step), Double(Float($0.values[name] ?? -1)), $0.time ?? 0]
            }
            #expect(read[tag] == expected, "\(tag)")
        }
    }
}
