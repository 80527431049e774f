import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct MetricLogTests {
    private let points = (1...6).map { epoch in
        MetricPoint(
            step: 10 * epoch, epoch: epoch,
            values: ["train_loss": 1 / Double(epoch), "val_accuracy": 0.1 * Double(epoch)],
            timings: ["samples_per_second": 33 + Double(epoch)],
            time: 1_700_000_000.5 + Double(epoch))
    }

    private func text(_ name: String, in folder: borrowing TemporaryFolder) throws -> String {
        try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
    }

    private func events(in folder: borrowing TemporaryFolder) throws -> [DecodedEvent] {
        try folder.contents().filter { $0.contains("tfevents") }.flatMap {
            try DecodedEvent.all(in: Data(contentsOf: URL(filePath: "\(folder.path)/\($0)")))
        }
        .filter { $0.version == nil }
    }

    /// Steps of the checkpoint, and how many points were added and written before the run was killed.
    @Test(arguments: [(0, 2, 0), (0, 3, 3), (20, 2, 2), (20, 5, 2), (20, 5, 4), (60, 6, 6)])
    func resumedLogIsTheUndisturbedOne(checkpoint: Int, added: Int, written: Int) throws {
        let whole = try TemporaryFolder(), cut = try TemporaryFolder()
        let undisturbed = try MetricLog(run: whole.path, through: 0, title: "a run")
        for point in points { try undisturbed.add(point) }
        try undisturbed.write()

        let killed = try MetricLog(run: cut.path, through: 0, title: "a run")
        for (number, point) in points.prefix(added).enumerated() {
            try killed.add(point)
            if number < written { try killed.write() }
        }
        // The file of TensorBoard may end within a record.
        for name in try cut.contents() where name.contains("tfevents") {
            let path = URL(filePath: "\(cut.path)/\(name)")
            try Data(contentsOf: path).dropLast(3).write(to: path)
        }
        let resumed = try MetricLog(run: cut.path, through: checkpoint, title: "a run")
        #expect(resumed.points == points.filter { $0.step <= checkpoint })
        for point in points where point.step > checkpoint { try resumed.add(point) }
        try resumed.write()
        for name in ["metrics.jsonl", "timings.jsonl", "metrics.csv", "curves.svg"] {
            #expect(try text(name, in: cut) == text(name, in: whole), "\(name)")
        }
        #expect(try events(in: cut) == events(in: whole))
        #expect(try events(in: cut).map(\.step) == [10, 20, 30, 40, 50, 60])
    }

    @Test func linesHoldWhatRerunsGiveAgain() throws {
        let folder = try TemporaryFolder()
        let log = try MetricLog(run: folder.path, through: 0, title: "")
        try log.add(points[0])
        try log.add(
            MetricPoint(
                step: 20, epoch: 2, values: ["train_loss": 0.25, "val_f1": .nan],
                timings: ["waiting": 0.5], time: 12))
        try log.write()
        #expect(
            try text("metrics.jsonl", in: folder) == """
                {"epoch":1,"step":10,"train_loss":1,"val_accuracy":0.1}
                {"epoch":2,"step":20,"train_loss":0.25}

                """)
        #expect(
            try text("metrics.csv", in: folder) == """
                epoch,step,train_loss,val_accuracy,samples_per_second,waiting,time
                1,10,1.0,0.1,34.0,,1700000001.5
                2,20,0.25,,,0.5,12.0

                """)
        let copy = try MetricLog(run: folder.path, through: 20, title: "")
        #expect(copy.points == log.points)
    }

    @Test func damagedLineIsNamed() throws {
        let folder = try TemporaryFolder()
        try Data(#"{"epoch":1,"step":"ten"}"#.utf8).write(
            to: URL(filePath: "\(folder.path)/metrics.jsonl"))
        let path = folder.path
        let error = #expect(throws: (any Error).self) {
            try MetricLog(run: path, through: 10, title: "")
        }
        #expect("\(try #require(error))".contains("\(path)/metrics.jsonl"))
    }

    @Test(arguments: [
        (["a", "b"], "a,b\n"), (["a,b", "say \"a\""], "\"a,b\",\"say \"\"a\"\"\"\n"),
        (["two\nlines", "cr\r\n", ""], "\"two\nlines\",\"cr\r\n\",\n"),
    ])
    func fieldsAreQuotedWhereTheyMustBe(fields: [String], expected: String) {
        #expect(CSVText(fields).text == expected)
    }
}
