extension LLP {
    /// A clip and the events that occur somewhere in it.
    struct WeakRow {
        let line: AnnotationFile.Line
        let filename: String
        let name: Name

        /// Its events, each once.
        let labels: [String]
        let repeatsLabel: Bool

        static func rows(of file: AnnotationFile) throws(AnnotationError) -> [WeakRow] {
            var rows: [WeakRow] = []
            for line in file.lines {
                let fields = try fields(of: line, file, count: 2)
                if line.number == 1, fields[0] == "filename" { continue }
                guard let name = Name(fields[0]) else {
                    throw file.error(
                        line, "filename '\(fields[0])' is not an id, a start and an end joined by _"
                    )
                }
                let labels = fields[1].split(separator: ",", omittingEmptySubsequences: false)
                    .map(String.init)
                try check(labels, of: line, file)
                var known: Set<String> = []
                let distinct = labels.filter { known.insert($0).inserted }
                rows.append(
                    WeakRow(
                        line: line, filename: String(fields[0]), name: name, labels: distinct,
                        repeatsLabel: distinct.count < labels.count))
            }
            return rows
        }
    }

    /// What a `filename` says: `Br4mum2rWtY_9.3_19.3` is the YouTube id and two times in seconds.
    struct Name {
        let clip: String
        let start: String
        let end: String

        init?(_ filename: Substring) {
            let parts = filename.split(separator: "_", omittingEmptySubsequences: false)
            guard parts.count >= 3, let start = Double(parts[parts.count - 2]),
                let end = Double(parts[parts.count - 1]), 0 <= start, start < end, end.isFinite
            else { return nil }
            self.start = String(parts[parts.count - 2])
            self.end = String(parts[parts.count - 1])
            clip = parts.dropLast(2).joined(separator: "_")
        }
    }

    /// Adds the rows of a file as events of the samples they belong to.
    static func addEvents(
        of file: AnnotationFile, _ modality: Event.Modality, to samples: inout [Sample],
        _ positions: [String: Int], _ manifest: DatasetManifest, _ tally: inout FindingTally
    ) throws(AnnotationError) {
        let length = Double(manifest.segments) * manifest.segmentDuration
        var seen: Set<Substring> = [], mentioned: Set<Int> = []
        for line in file.lines {
            let fields = try fields(of: line, file, count: 4)
            if line.number == 1, fields[0] == "filename" { continue }
            guard let start = Double(fields[1]), let end = Double(fields[2]) else {
                throw file.error(
                    line, "onset '\(fields[1])' and offset '\(fields[2])' are not numbers")
            }
            let label = String(fields[3])
            try check([label], of: line, file)
            let isNew = seen.insert(line.text).inserted
            if !isNew {
                tally.note(
                    "duplicate-row", file, line, "rows that occur twice, counted once",
                    "\(fields[0])")
            }
            let isInterval = 0 <= start && start < end && end <= length
            if !isInterval {
                tally.note(
                    "bad-interval", file, line,
                    "intervals that are empty, reversed or outside the "
                        + "clip, ignored", "\(fields[0]) from \(fields[1]) to \(fields[2])")
            }
            guard let position = positions[String(fields[0])], samples[position].split != "train"
            else {
                tally.note(
                    "unknown-clip", file, line,
                    "rows of clips that are not in val or test, ignored",
                    "\(fields[0])")
                continue
            }
            mentioned.insert(position)
            if !samples[position].labels.contains(label) {
                tally.note(
                    "label-disagreement", file, line,
                    "rows whose event is not among the labels of the clip, kept",
                    "\(fields[0]), \(label)")
            }
            guard isNew, isInterval else { continue }
            samples[position].events.append(
                Event(name: label, start: start, end: end, modality: modality))
        }
        for position in samples.indices
        where samples[position].split != "train" && !mentioned.contains(position) {
            tally.note(
                "no-\(modality)-events", in: file.path,
                "clips of val or test without a row, so without such events",
                at: samples[position].id)
        }
    }

    private static func fields(
        of line: AnnotationFile.Line, _ file: AnnotationFile, count: Int
    ) throws(AnnotationError) -> [Substring] {
        let fields = line.text.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count == count else {
            throw file.error(
                line, "\(fields.count) fields between tabs where \(count) belong")
        }
        return fields
    }

    private static func check(
        _ labels: [String], of line: AnnotationFile.Line, _ file: AnnotationFile
    ) throws(AnnotationError) {
        if let label = labels.first(where: { !classSet.contains($0) }) {
            throw file.error(line, "event '\(label)' is none of the 25")
        }
    }
}
