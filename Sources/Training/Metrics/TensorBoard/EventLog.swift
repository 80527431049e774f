import Foundation
import Storage
import SwiftProtobuf

/// `events.out.tfevents.…`: metrics as TensorBoard reads them, also while the run goes on.
///
/// Records are appended to a file, whose name says after which step it was begun. A resumed run begins
/// another one that repeats what came before, in place of the older ones: a TensorBoard that is looking
/// finds it, and would not find that the old file was replaced.
final class EventLog {
    private var file: GrowingFile

    /// Begins a file of the points so far.
    init(folder: String, points: [MetricPoint], from step: Int) throws {
        let digits = String(step)
        let padded = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
        let name = "\(Self.prefix)\(padded).avprep"
        var start = TensorBoardEvent()
        start.wallTime = points.first?.time ?? Date().timeIntervalSince1970
        start.fileVersion = "brain.Event:2"
        let bytes = try points.reduce(into: Self.record(start)) {
            $0 += try Self.record(Self.event(of: $1))
        }
        file = try GrowingFile(replacing: "\(folder)/\(name)", with: bytes)
        for other in try FileManager.default.contentsOfDirectory(atPath: folder)
        where other.hasPrefix(Self.prefix) && other != name {
            try FileManager.default.removeItem(atPath: "\(folder)/\(other)")
        }
    }

    private static let prefix = "events.out.tfevents."

    func append(_ point: MetricPoint) throws {
        try file.append(Self.record(Self.event(of: point)))
    }

    private static func event(of point: MetricPoint) -> TensorBoardEvent {
        let numbers = point.values.merging(point.timings) { value, _ in value }
            .merging(["epoch": Double(point.epoch)]) { value, _ in value }
        var event = TensorBoardEvent()
        event.wallTime = point.time ?? 0
        event.step = Int64(point.step)
        event.summary.value = numbers.sorted { $0.key < $1.key }.map { name, number in
            var value = TensorBoardSummary.Value()
            value.tag = tag(of: name)
            value.simpleValue = Float(number)
            return value
        }
        return event
    }

    /// The name by which TensorBoard groups: `train/loss` for `train_loss`.
    private static func tag(of name: String) -> String {
        for group in ["train", "val"] where name.hasPrefix("\(group)_") {
            return "\(group)/\(name.dropFirst(group.count + 1))"
        }
        return name
    }

    /// An event as a record of the file.
    ///
    /// ```
    /// u64 length | u32 masked CRC of the length | event | u32 masked CRC of the event
    /// ```
    private static func record(_ event: TensorBoardEvent) throws -> Data {
        let body: [UInt8] = try event.serializedBytes()
        let length = bytes(of: UInt64(body.count))
        return Data(
            length + bytes(of: CRC32C.masked(length)) + body + bytes(of: CRC32C.masked(body)))
    }

    /// The bytes of a number, lowest first.
    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
