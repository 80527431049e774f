import Foundation
import Storage

/// One look at a run's results on test.
public struct TestLook: Codable, Sendable, Equatable {
    /// What looked, such as `evaluate`.
    public let command: String

    /// The accuracy that was seen; nil if only predictions were.
    public let accuracy: Double?

    /// Segments or questions.
    public let samples: Int

    /// When, in seconds since 1970.
    public let time: Double

    /// A look that is taken now.
    init(command: String, accuracy: Double? = nil, samples: Int) {
        (self.command, self.accuracy, self.samples) = (command, accuracy, samples)
        time = Date().timeIntervalSince1970
    }
}

/// `test-looks.jsonl`: every look at a run's results on test, which is to be looked at once.
struct TestLooks {
    private let path: String

    init(run: String) { path = "\(run)/test-looks.jsonl" }

    /// All looks so far.
    func all() throws -> [TestLook] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try JSONLines.read(path, as: TestLook.self)
    }

    /// Notes a look; returns how many there have been.
    func add(_ look: TestLook) throws -> Int {
        let looks = try all() + [look]
        try AtomicFile.write(JSONLines.encode(looks), to: path, isLocked: false)
        return looks.count
    }
}
