import Datasets
import Storage

/// What was found of a data set, against what its official edition has.
struct DatasetReport {
    private let dataset: Dataset
    private let survey: DatasetSurvey

    init(_ dataset: Dataset) {
        self.dataset = dataset
        survey = DatasetSurvey(of: dataset)
    }

    /// Rows of the table, the sum last, with names.
    private var rows: [(name: String, row: DatasetSurvey.Row)] {
        survey.splits.map { ($0.split ?? "no split", $0) } + [("all", survey.total)]
    }

    private var groups: [DatasetSurvey.Group] {
        (survey.notClips + [survey.extras]).filter { $0.count > 0 }
    }

    var text: String {
        var lines = [
            "\(dataset.name): \(dataset.clips.count) clips of \(dataset.segments) × "
                + "\(dataset.segmentDuration) s, \(dataset.vocabulary.count) classes"
        ]
        for (name, row) in rows {
            let expected = row.expectedSamples.map { " of \($0) expected" } ?? ""
            lines.append(
                "  \(name): \(row.samples) samples\(expected), \(row.clips) clips, "
                    + "\(row.clipsOnDisk) on disk, \(row.clipsMissing) missing")
        }
        if survey.isIncomplete, survey.total.clipsMissing > 0 {
            lines.append("  nobody has all clips: some of their sources were deleted")
        }
        lines += dataset.findings.map { "  \($0)" }
        for group in groups {
            lines.append("  \(group.count) × \(group.what), such as \(group.examples.first ?? "")")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    var json: [JSONValue] {
        let splits = rows.map { name, row in
            var fields: [String: JSONValue] = [
                "type": "item", "split": .string(name), "samples": .number(Double(row.samples)),
                "samples_on_disk": .number(Double(row.samplesOnDisk)),
                "clips": .number(Double(row.clips)), "on_disk": .number(Double(row.clipsOnDisk)),
                "missing": .number(Double(row.clipsMissing)),
            ]
            fields["expected"] = row.expectedSamples.map { .number(Double($0)) }
            return JSONValue.object(fields)
        }
        let findings = dataset.findings.map { finding -> JSONValue in
            [
                "type": "item", "finding": .string(finding.kind),
                "count": .number(Double(finding.count)), "message": .string(finding.message),
            ]
        }
        let files = groups.map { group -> JSONValue in
            [
                "type": "item", "files": .string(group.what), "count": .number(Double(group.count)),
                "examples": .array(group.examples.map { .string($0) }),
            ]
        }
        let summary: JSONValue = [
            "type": "summary", "dataset": .string(dataset.name),
            "clips": .number(Double(dataset.clips.count)),
            "classes": .number(Double(dataset.vocabulary.count)),
            "segments": .number(Double(dataset.segments)),
            "segment_seconds": .number(dataset.segmentDuration),
            "incomplete": .bool(survey.isIncomplete),
        ]
        return splits + findings + files + [summary]
    }
}
