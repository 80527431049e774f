/// Defects as they are met: each kind is reported once for a file, with its count and first place.
struct FindingTally {
    private struct Entry {
        let kind: String
        let what: String
        let first: String
        var count = 0
    }

    private var entries: [Entry] = []
    private var positions: [String: Int] = [:]

    /// Counts a defect.
    ///
    /// - Parameters:
    ///   - kind: A short name, such as `bad-interval`.
    ///   - path: The file that has it.
    ///   - what: What it is and what becomes of it, in the plural.
    ///   - place: Where it is, and which value.
    mutating func note(
        _ kind: String, in path: String, _ what: @autoclosure () -> String,
        at place: @autoclosure () -> String
    ) {
        let key = "\(kind)\0\(path)"
        if let position = positions[key] {
            entries[position].count += 1
        } else {
            positions[key] = entries.count
            entries.append(Entry(kind: kind, what: what(), first: place(), count: 1))
        }
    }

    /// Counts a defect of a line.
    mutating func note(
        _ kind: String, _ file: AnnotationFile, _ line: AnnotationFile.Line,
        _ what: @autoclosure () -> String, _ value: @autoclosure () -> String
    ) {
        note(kind, in: file.path, what(), at: "\(file.place(line)) (\(value()))")
    }

    var findings: [AnnotationFinding] {
        entries.map {
            AnnotationFinding(
                kind: $0.kind, count: $0.count,
                message: "\($0.what): \($0.count), the first in \($0.first)")
        }
    }
}
