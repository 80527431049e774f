/// VGGSound: one of 309 classes for each clip of ten seconds.
///
/// On disk: either `vggsound.csv` (YouTube id, start in seconds, label, `train` or `test`), which counts
/// where it is there, or `train.csv` and `test.csv` (file name, label), none with a header; `stat.csv`
/// (label, count, group) with all classes; videos under either of the names that ``VGGSoundClip``
/// describes. Annotations may lie below the root or in `data`, `VGGSound`, `annotations`.
///
/// A class is known by its position in the sorted list of the labels in `stat.csv`, or of those found
/// where that file is absent. Other files of the manifest are lists of clips that others leave out;
/// here a sample keeps its place, and the names of the lists it is on are in its field `listed`.
/// Patterns of the manifest may use `{id}` and `{milliseconds}`, the two names, and `{split}`.
///
/// Source: Chen et al., *VGGSound: A Large-scale Audio-Visual Dataset*, ICASSP 2020;
/// <https://github.com/hche11/VGGSound>.
enum VGGSound: DatasetReader {
    static let classCount = 309

    private struct Record {
        let clip: VGGSoundClip
        let label: String
        let split: String
        let row: CSVFile.Row
    }

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let places = AnnotationPlaces(root: root, folders: ["data", "VGGSound", "annotations"])
        var reading = try Reading(manifest, places)
        var expected: [String: Int] = [:], absent: [String] = []
        if let name = manifest.annotations, let path = places.find(name) {
            let file = try CSVFile(reading: path)
            reading.add(try fullRecords(of: file), of: file)
            for split in ["train", "test"] { expected[split] = manifest.expect[split] }
        } else {
            for (split, name) in manifest.orderedSplits {
                expected[split] = manifest.expect[name] ?? manifest.expect[split]
                guard let path = places.find(name) else {
                    absent.append(name)
                    continue
                }
                let file = try CSVFile(reading: path)
                reading.add(try splitRecords(of: file, split), of: file)
            }
        }
        let samples = reading.samples
        guard !samples.isEmpty else {
            throw places.noneFound(
                [manifest.annotations].compactMap { $0 } + manifest.orderedSplits.map(\.file))
        }
        let vocabulary = try vocabulary(manifest, places, samples, &reading.tally)
        return Dataset(
            name: manifest.name, samples: samples, clips: reading.clips.clips,
            vocabulary: vocabulary, segments: manifest.segments,
            segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.missing("missing-split", absent, root: root)
                + AnnotationFinding.unexpectedCounts(of: samples, expected: expected)
                + reading.tally.findings + AnnotationFinding.splitOverlap(of: samples),
            expected: expected)
    }

    /// The samples and clips of the records met so far.
    private struct Reading {
        private let manifest: DatasetManifest
        private let root: String
        private let lists: [ClipSelection]
        private(set) var samples: [Sample] = []
        private(set) var clips = ClipList()
        var tally = FindingTally()

        private var counts: [VGGSoundClip: Int] = [:]
        private var starts: [String: Int] = [:]

        init(_ manifest: DatasetManifest, _ places: AnnotationPlaces) throws(AnnotationError) {
            self.manifest = manifest
            root = places.root
            lists = try VGGSound.lists(manifest, places, &tally)
        }

        mutating func add(_ records: [Record], of file: CSVFile) {
            for record in records {
                let id = record.clip.id
                let count = counts[record.clip, default: 0] + 1
                counts[record.clip] = count
                checkRepetition(record, count: count, file)
                if record.label.contains(",") {
                    tally.note(
                        "quoted-label", file, record.row,
                        "labels with commas, read by their quotes", "'\(record.label)'")
                }
                let listed = lists.filter { $0.clips.contains(record.clip) }
                for list in listed {
                    tally.note(
                        "listed-clip", in: list.path, "samples on the list \(list.path), kept",
                        at: "\(file.place(record.row)) ('\(id)')")
                }
                clips.add(
                    id,
                    path: manifest.mediaPath(
                        of: id, root: root,
                        ["milliseconds": record.clip.idInMilliseconds, "split": record.split]))
                samples.append(
                    Sample(
                        id: count > 1 ? "\(id)#\(count)" : id, clip: id, split: record.split,
                        labels: [record.label],
                        fields: listed.isEmpty
                            ? [:] : ["listed": listed.map(\.name).joined(separator: ",")]))
            }
        }

        /// Reports clips that are named again, and videos at their second start.
        private mutating func checkRepetition(_ record: Record, count: Int, _ file: CSVFile) {
            let clip = record.clip
            if count > 1 {
                tally.note(
                    "duplicate-record", file, record.row, "clips named again", "'\(clip.id)'")
            } else if let other = starts[clip.video] {
                // The first start gives way to a mark, so that a third is not counted.
                if other >= 0 {
                    tally.note(
                        "repeated-id", file, record.row,
                        "YouTube ids with several starts, which are different clips",
                        "'\(clip.id)'")
                }
                starts[clip.video] = -1
            } else {
                starts[clip.video] = clip.start
            }
        }
    }

    /// Records of `vggsound.csv`.
    private static func fullRecords(of file: CSVFile) throws(AnnotationError) -> [Record] {
        var records: [Record] = []
        for (index, row) in file.rows.enumerated() {
            // Some copies carry the names of the columns.
            if index == 0, row.fields.first?.contains("YouTube ID") == true { continue }
            guard row.fields.count == 4 else {
                throw file.error(
                    row, "\(row.fields.count) fields where id, start, label, split are 4")
            }
            guard VGGSoundClip.isVideo(row.fields[0]), let start = Int(row.fields[1]),
                0..<1_000_000_000 ~= start
            else {
                throw file.error(
                    row, "'\(row.fields[0])', '\(row.fields[1])' are not a YouTube id and a start")
            }
            let clip = VGGSoundClip(video: row.fields[0], start: start)
            records.append(
                Record(clip: clip, label: row.fields[2], split: row.fields[3], row: row))
        }
        return records
    }

    /// Records of `train.csv` or `test.csv`.
    private static func splitRecords(
        of file: CSVFile, _ split: String
    ) throws(AnnotationError) -> [Record] {
        var records: [Record] = []
        for row in file.rows {
            guard row.fields.count == 2 else {
                throw file.error(row, "\(row.fields.count) fields where file name, label are 2")
            }
            guard let clip = VGGSoundClip(name: row.fields[0]) else {
                throw file.error(row, "'\(row.fields[0])' is not <YouTube id>_<start>")
            }
            records.append(Record(clip: clip, label: row.fields[1], split: split, row: row))
        }
        return records
    }
}
