import Foundation
import Storage

/// The files of a run's folder that hold its metrics, but for those of TensorBoard.
///
/// `metrics.jsonl` and `timings.jsonl` are what the others are made from. The first has the same bytes
/// on every rerun, so all that depends on the machine is in the second.
struct MetricFiles {
    let folder: String

    private var values: String { "\(folder)/metrics.jsonl" }
    private var timings: String { "\(folder)/timings.jsonl" }

    /// The points up to a step.
    ///
    /// A run that was killed has perhaps written more than its checkpoint knows of.
    func points(through step: Int) throws -> [MetricPoint] {
        var timed: [Double: [String: Double]] = [:]
        for line in try lines(of: timings) {
            guard let numbers = line.numbers, let step = numbers["step"] else {
                throw Self.damage(timings)
            }
            timed[step] = numbers
        }
        return try lines(of: values).map { line in
            let timing = line.numbers?["step"].flatMap { timed[$0] } ?? [:]
            guard let point = MetricPoint(line: line, timing: timing) else {
                throw Self.damage(values)
            }
            return point
        }
        .filter { $0.step <= step }
    }

    private func lines(of path: String) throws -> [JSONValue] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try JSONLines.read(path, as: JSONValue.self)
    }

    private static func damage(_ path: String) -> StorageError {
        StorageError(.damaged, "read \(path)", "it is not what avprep wrote there")
    }

    /// Replaces all files by those of some points; each is whole at any moment.
    func write(_ points: [MetricPoint], title: String) throws {
        try AtomicFile.write(JSONLines.encode(points.map(\.timingLine)), to: timings)
        try AtomicFile.write(Data(Self.table(of: points).utf8), to: "\(folder)/metrics.csv")
        let curves = LearningCurves(title: title, points: points)
        try AtomicFile.write(Data(curves.svg.utf8), to: "\(folder)/curves.svg")
        try AtomicFile.write(JSONLines.encode(points.map(\.line)), to: values)
    }

    /// A line for each point, and a column for each name that any of them has.
    static func table(of points: [MetricPoint]) -> String {
        let values = Set(points.flatMap(\.values.keys)).sorted()
        let timings = Set(points.flatMap(\.timings.keys)).sorted()
        var table = CSVText(["epoch", "step"] + values + timings + ["time"])
        for point in points {
            let numbers =
                values.map { point.values[$0] } + timings.map { point.timings[$0] } + [point.time]
            table.add(
                ["\(point.epoch)", "\(point.step)"] + numbers.map { $0.map { "\($0)" } ?? "" })
        }
        return table.text
    }
}
