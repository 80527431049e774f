import Foundation
import Storage

/// What a run had come to after some step: numbers by name.
public struct MetricPoint: Sendable, Equatable {
    /// Updates taken since the run began.
    public let step: Int

    /// The epoch that the step belongs to, counted from 1.
    public let epoch: Int

    /// Numbers that every rerun gives again, such as `train_loss`, `learning_rate` and `val_accuracy`.
    public let values: [String: Double]

    /// Numbers that depend on the machine and the hour, such as `samples_per_second`.
    public let timings: [String: Double]

    /// When it was measured, in seconds since 1970; nil if nobody knows any more.
    public let time: Double?

    /// Creates a point; numbers that are not finite are left out, as JSON has none.
    ///
    /// - Precondition: No name is `step`, `epoch` or `time`.
    public init(
        step: Int, epoch: Int, values: [String: Double], timings: [String: Double] = [:],
        time: Double? = nil
    ) {
        precondition(Self.ownNames.isDisjoint(with: Array(values.keys) + Array(timings.keys)))
        self.step = step
        self.epoch = epoch
        self.values = values.filter { $0.value.isFinite }
        self.timings = timings.filter { $0.value.isFinite }
        self.time = time
    }

    private static let ownNames: Set = ["step", "epoch", "time"]
}

extension MetricPoint {
    /// The line of `metrics.jsonl`, the same on every rerun.
    var line: JSONValue {
        var fields = values.mapValues(JSONValue.number)
        fields["step"] = .number(Double(step))
        fields["epoch"] = .number(Double(epoch))
        return .object(fields)
    }

    /// The line of `timings.jsonl`.
    var timingLine: JSONValue {
        var fields = timings.mapValues(JSONValue.number)
        fields["step"] = .number(Double(step))
        fields["time"] = time.map(JSONValue.number)
        return .object(fields)
    }

    /// Reads a point back; nil if these are not its lines.
    init?(line: JSONValue, timing: [String: Double]) {
        guard var values = line.numbers,
            let step = values.removeValue(forKey: "step").flatMap({ Int(exactly: $0) }),
            let epoch = values.removeValue(forKey: "epoch").flatMap({ Int(exactly: $0) })
        else { return nil }
        self.init(
            step: step, epoch: epoch, values: values,
            timings: timing.filter { !Self.ownNames.contains($0.key) }, time: timing["time"])
    }
}

extension JSONValue {
    /// The members of an object that holds nothing but numbers; nil for any other value.
    var numbers: [String: Double]? {
        guard case .object(let fields) = self else { return nil }
        var numbers: [String: Double] = [:]
        for (name, value) in fields {
            guard case .number(let number) = value else { return nil }
            numbers[name] = number
        }
        return numbers
    }
}
