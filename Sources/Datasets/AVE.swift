/// AVE, audio-visual event localisation: one event in each clip of ten seconds.
///
/// On disk: `Annotations.txt` with one record a line, `Category&VideoID&Quality&StartTime&EndTime`,
/// under a header line or none; `trainSet.txt`, `valSet.txt`, `testSet.txt` with records of the same
/// form; videos in `AVE/<VideoID>.mp4`. Four byte-different editions of `Annotations.txt` are in use,
/// with the same records in the same order. The authors' code has the splits as record numbers
/// instead, in `train_order.h5`, `val_order.h5`, `test_order.h5`.
///
/// Source: Tian et al., *Audio-Visual Event Localization in Unconstrained Videos*, ECCV 2018;
/// <https://github.com/YapengTian/AVE-ECCV18>.
enum AVE: IndexedDatasetReader {
    private static let header = "Category&VideoID&Quality&StartTime&EndTime"

    /// A record and where it stands.
    struct Record {
        let line: AnnotationFile.Line
        let clip: String
        let event: Event

        var key: Key { Key(clip: clip, event: event) }
    }

    struct Key: Hashable {
        let clip: String
        let event: Event
    }

    static func read(
        _ manifest: DatasetManifest, root: String, indices: IndexReader?
    ) throws(AnnotationError) -> Dataset {
        let name = manifest.annotations ?? "Annotations.txt"
        let file = try AnnotationFile(reading: AnnotationFile.place(of: name, below: root))
        let records = try records(
            of: file, length: Double(manifest.segments) * manifest.segmentDuration)
        guard !records.isEmpty else {
            throw AnnotationError("read \(file.path)", "it has no records")
        }
        let splits = try Splits(
            manifest, root: root, records: records, annotations: file, indices: indices)

        var clips = ClipList(), tally = FindingTally(), known: Set<String> = []
        let samples = records.enumerated().map { index, record in
            clips.add(record.clip, path: manifest.mediaPath(of: record.clip, root: root))
            if record.event.start == record.event.end {
                tally.note(
                    "empty-event", file, record.line,
                    "events of zero length, with background in all segments", record.clip)
            }
            return Sample(
                id: String(index), clip: record.clip, split: splits.names[index],
                events: [record.event])
        }
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips,
            vocabulary: records.map(\.event.name).filter { known.insert($0).inserted },
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: splits.findings
                + AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + tally.findings + AnnotationFinding.splitOverlap(of: samples),
            expected: manifest.expect)
    }

    static func records(
        of file: AnnotationFile, length: Double?
    ) throws(AnnotationError) -> [Record] {
        var records: [Record] = [], clips = ClipList()
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
            if let objection = clips.objection(to: clip) {
                throw file.error(line, "VideoID '\(clip)' \(objection)")
            }
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
}
