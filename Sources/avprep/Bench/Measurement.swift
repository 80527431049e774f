import Foundation
import Storage

/// How long something took each time, and what came out of it.
struct Measurement {
    /// A length of time: as a clock on the wall shows it, and as the program's threads spent it, in sum.
    struct Duration {
        var seconds: Double
        var processorSeconds: Double
    }

    private(set) var durations: [Duration] = []

    /// What an independent program can compare with its own result.
    private var result: [String: JSONValue] = [:]

    /// Does the same work several times; what it comes to is described off the clock.
    init<Work>(
        repetitions: Int, _ work: () throws -> Work,
        describe: (Work) -> [String: JSONValue]
    ) rethrows {
        for _ in 0..<repetitions {
            let (start, busy) = (ContinuousClock.now, clock())
            let done = try work()
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            // POSIX fixes the unit of `clock` at a microsecond.
            durations.append(
                Duration(seconds: seconds, processorSeconds: Double(clock() - busy) / 1e6))
            result = describe(done)
        }
    }

    func json(_ file: String) -> JSONValue {
        .object(
            result.merging([
                "type": "item", "file": .string(file),
                "seconds": .array(durations.map { .number($0.seconds) }),
                "processor_seconds": .array(durations.map { .number($0.processorSeconds) }),
            ]) { old, _ in old })
    }
}
