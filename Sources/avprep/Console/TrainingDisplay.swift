import Foundation
import Storage
import Training

/// Shows what trainings report.
struct TrainingDisplay {
    private let console: Console
    private let names: [String]

    /// Updates made in this command by all runs, and those that are left of each at most.
    private var done = 0
    private var left: [Int: Int] = [:]

    /// Samples that these updates were made of, since the start.
    private var samples = 0
    private let start = Date()

    /// Share of the last epoch in which a run waited for data.
    private var waiting: Double?

    /// The split that selects, by run.
    private var selection: [Int: String] = [:]

    /// Bytes that the process was to take at most.
    private(set) var plannedMemory = 0

    /// Runs that failed, by number, and why.
    private(set) var failures: [Int: String] = [:]

    init(_ console: Console, names: [String]) { (self.console, self.names) = (console, names) }

    /// Which run it is about, where there are several.
    private func prefix(_ run: Int) -> String { names.count > 1 ? "\(names[run]): " : "" }

    private func fields(_ run: Int, _ fields: [String: JSONValue]) -> [String: JSONValue] {
        fields.merging(["run": .string(names[run])]) { old, _ in old }
    }

    mutating func show(_ event: Trainer.Event) {
        switch event {
        case .started(let run, let record, let train, let val, let updates):
            left[run] = updates
            let selection = record.selection ?? "val"
            self.selection[run] = selection
            var numbers: [String: JSONValue] = [
                "method_parameters": .number(Double(record.methodParameters)),
                "head_parameters": .number(Double(record.headParameters)),
                "train": .number(Double(train)), "val": .number(Double(val)),
                "left_out": .number(Double(record.leftOut.count)),
                "padded_segments": .number(Double(record.paddedSegments)),
            ]
            numbers["frozen_parameters"] = record.frozenParameters.map { .number(Double($0)) }
            numbers["couples_samples"] = record.couplesSamples.map { .bool($0) }
            let coupling =
                record.couplesSamples == true
                ? "; samples of a batch are normalised together, so its size is a part of the result"
                : ""
            console.tell(
                prefix(run)
                    + "\(record.title): \(record.sizes); "
                    + "\(train) samples in train, \(val) in \(selection), \(record.leftOut.count) clips left out, "
                    + "\(record.paddedSegments) segments without data\(coupling)"
                    + (record.quirks ?? []).map { "; quirk \($0)" }.joined(), fields(run, numbers))
        case .prepared(let memory):
            plannedMemory = memory
            console.tell(
                "needs \((Double(memory) / 1e6).formatted(digits: 0)) MB of memory",
                ["planned_memory_bytes": .number(Double(memory))], isMinor: true)
        case .finished(let run): left[run] = 0
        case .stepped(let run, let step, let total, let samples, let loss):
            done += 1
            self.samples += samples
            left[run] = total - step
            let rate = Double(self.samples) / max(Date().timeIntervalSince(start), 1e-3)
            let waited =
                waiting.map { ", \((100 * $0).formatted(digits: 1)) % waiting for data" } ?? ""
            var fields: [String: JSONValue] = [
                "loss": .number(loss), "samples_per_second": .number(rate),
            ]
            fields["waiting"] = waiting.map { .number($0) }
            console.show(
                done: done, of: done + left.values.reduce(0, +), unit: "steps",
                note:
                    ", \(rate.formatted(digits: 1)) samples/s, loss \(loss.formatted(digits: 4))\(waited)",
                fields: fields)
        case .finishedEpoch(let run, let epoch, let isBest, let timings):
            waiting = timings["waiting"]
            let split = selection[run] ?? "val"
            console.tell(
                prefix(run)
                    + "epoch \(epoch.epoch): loss \(epoch.loss.formatted(digits: 4)), \(split) "
                    + "\((100 * epoch.accuracy).formatted(digits: 2)) %, "
                    + "\((timings["samples_per_second"] ?? 0).formatted(digits: 1)) samples/s"
                    + (isBest ? " (best)" : ""),
                fields(
                    run,
                    [
                        "epoch": .number(Double(epoch.epoch)), "train_loss": .number(epoch.loss),
                        "\(split)_accuracy": .number(epoch.accuracy), "best": .bool(isBest),
                        "samples_per_second": .number(timings["samples_per_second"] ?? 0),
                        "waiting": .number(timings["waiting"] ?? 0),
                    ]), isMinor: !isBest)
        case .failed(let run, let error):
            left[run] = 0
            failures[run] = "\(error)"
            console.warn(prefix(run) + "\(error)")
        }
    }
}
