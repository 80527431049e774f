/// AVE, audio-visual event localisation: one event in each clip of ten seconds.
///
/// On disk: `Annotations.txt` with one record a line, `Category&VideoID&Quality&StartTime&EndTime`,
/// under a header line or none; `trainSet.txt`, `valSet.txt`, `testSet.txt` with records of the same
/// form; videos in `AVE/<VideoID>.mp4`. Four byte-different editions of `Annotations.txt` are in use,
/// with the same records in the same order.
///
/// Source: Tian et al., *Audio-Visual Event Localization in Unconstrained Videos*, ECCV 2018;
/// <https://github.com/YapengTian/AVE-ECCV18>.
enum AVE: DatasetReader {
    private static let header = "Category&VideoID&Quality&StartTime&EndTime"

    /// A record and where it stands.
    private struct Record {
        let line: AnnotationFile.Line
        let clip: String
        let event: Event

        var key: Key { Key(clip: clip, event: event) }
    }

    private struct Key: Hashable {
        let clip: String
        let event: Event
    }

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let file = try AnnotationFile(
            reading: "\(root)/\(manifest.annotations ?? "Annotations.txt")")
        let records = try records(
            of: file, length: Double(manifest.segments) * manifest.segmentDuration)
        guard !records.isEmpty else {
            throw AnnotationError("read \(file.path)", "it has no records")
        }
        let splits = try splits(manifest, root: root, records: records, annotations: file)

        let samples = records.enumerated().map { index, record in
            Sample(
                id: String(index), clip: record.clip, split: splits.names[index],
                events: [record.event])
        }
        var seen: Set<String> = [], clips: [Clip] = []
        for record in records where seen.insert(record.clip).inserted {
            let path = manifest.mediaPath(of: record.clip, root: root)
            clips.append(Clip(id: record.clip, path: path))
        }
        var known: Set<String> = []
        let vocabulary = records.map(\.event.name).filter { known.insert($0).inserted }

        return Dataset(
            name: manifest.name, samples: samples, clips: clips, vocabulary: vocabulary,
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: splits.findings + findings(in: records, samples: samples, file: file),
            expected: manifest.expect)
    }

    private static func records(
        of file: AnnotationFile, length: Double?
    ) throws(AnnotationError) -> [Record] {
        var records: [Record] = [], spellings: [String: String] = [:]
        records.reserveCapacity(file.lines.count)
        for line in file.lines {
            if line.number == 1, line.text == header { continue }
            let fields = line.text.split(separator: "&", omittingEmptySubsequences: false)
            guard fields.count == 5 else {
                throw file.error(line, "\(fields.count) fields where \(header) has 5")
            }
            let clip = String(fields[1])
            guard !fields[0].isEmpty, !line.text.contains("\0") else {
                throw file.error(line, "the category is empty, or the line has a zero byte")
            }
            // Swift holds texts for equal whose bytes differ in normalisation; files tell them apart.
            guard spellings[clip, default: clip].utf8.elementsEqual(clip.utf8) else {
                throw file.error(
                    line, "VideoID '\(clip)' occurs before with another Unicode normalisation")
            }
            spellings[clip] = clip
            guard !clip.isEmpty, !clip.contains("/"), !clip.contains("\0"), clip != ".",
                clip != ".."
            else { throw file.error(line, "VideoID '\(clip)' cannot be a file's name") }
            guard let start = Int(fields[3]), let end = Int(fields[4]) else {
                throw file.error(
                    line,
                    "StartTime '\(fields[3])' and EndTime '\(fields[4])' are not whole seconds")
            }
            guard 0 <= start, start <= end, Double(end) <= length ?? .infinity else {
                let place = length.map { " in \($0) s" } ?? ""
                throw file.error(line, "an event from \(start) s to \(end) s\(place)")
            }
            let event = Event(name: String(fields[0]), start: Double(start), end: Double(end))
            records.append(Record(line: line, clip: clip, event: event))
        }
        return records
    }

    /// The split of each record, from the files that repeat the records of each split.
    private static func splits(
        _ manifest: DatasetManifest, root: String, records: [Record], annotations: AnnotationFile
    ) throws(AnnotationError) -> (names: [String?], findings: [AnnotationFinding]) {
        var places: [Key: [Int]] = [:]
        for (index, record) in records.enumerated() {
            places[record.key, default: []].append(index)
        }

        var names = [String?](repeating: nil, count: records.count)
        var absent: [String] = []
        for (split, name) in manifest.splits.sorted(by: { $0.key < $1.key }) {
            let file: AnnotationFile
            do {
                file = try AnnotationFile(reading: "\(root)/\(name)")
            } catch {
                guard error.kind == .missing else { throw error }
                absent.append(name)
                continue
            }
            for record in try self.records(of: file, length: nil) {
                guard let index = places[record.key]?.first(where: { names[$0] == nil }) else {
                    throw file.error(
                        record.line,
                        "this record is not in \(annotations.path), or is there less often")
                }
                names[index] = split
            }
        }
        var findings: [AnnotationFinding] = []
        if !absent.isEmpty {
            findings.append(
                AnnotationFinding(
                    kind: "missing-split", count: absent.count,
                    message: "no \(absent.joined(separator: ", ")) below \(root)"))
        }
        for (split, expected) in manifest.expect.sorted(by: { $0.key < $1.key }) {
            let found = names.count { $0 == split }
            guard found != expected, found > 0 else { continue }
            findings.append(
                AnnotationFinding(
                    kind: "unexpected-count", count: found,
                    message:
                        "split \(split) has \(found) samples; the official edition has \(expected)")
            )
        }
        return (names, findings)
    }

    private static func findings(
        in records: [Record], samples: [Sample], file: AnnotationFile
    ) -> [AnnotationFinding] {
        var findings: [AnnotationFinding] = []
        let empty = records.filter { $0.event.start == $0.event.end }
        if let first = empty.first {
            findings.append(
                AnnotationFinding(
                    kind: "empty-event", count: empty.count,
                    message: "\(empty.count) of zero length, the first in \(file.path):"
                        + "\(first.line.number); all its segments are background"))
        }
        var splits: [String: Set<String>] = [:]
        for sample in samples {
            if let split = sample.split { splits[sample.clip, default: []].insert(split) }
        }
        let shared = splits.filter { $0.value.count > 1 }.keys.sorted()
        if let first = shared.first {
            findings.append(
                AnnotationFinding(
                    kind: "split-overlap", count: shared.count,
                    message: "\(shared.count) clips are in two splits, such as \(first)"))
        }
        return findings
    }
}
