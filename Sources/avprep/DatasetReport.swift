import Datasets
import Storage

/// What was found of a data set, against what its official edition has.
struct DatasetReport {
    private struct Split {
        let name: String
        let expected: Int?
        let samples: Int
        let clips: Int
        let present: Int
    }

    private let dataset: Dataset
    private let splits: [Split]

    init(_ dataset: Dataset) {
        self.dataset = dataset
        let present = Set(dataset.clips.filter { FileStamp($0.path) != nil }.map(\.id))
        func split(_ name: String, _ samples: [Sample], expected: Int?) -> Split {
            let clips = Set(samples.map(\.clip))
            return Split(
                name: name, expected: expected, samples: samples.count, clips: clips.count,
                present: clips.intersection(present).count)
        }
        let names = Set(dataset.samples.compactMap(\.split)).union(dataset.expected.keys).sorted()
        var splits = names.map { name in
            split(
                name, dataset.samples.filter { $0.split == name }, expected: dataset.expected[name])
        }
        let others = dataset.samples.filter { $0.split == nil }
        if !others.isEmpty { splits.append(split("no split", others, expected: nil)) }
        self.splits = splits + [split("all", dataset.samples, expected: nil)]
    }

    var text: String {
        var lines = [
            "\(dataset.name): \(dataset.clips.count) clips of \(dataset.segments) × "
                + "\(dataset.segmentDuration) s, \(dataset.vocabulary.count) classes"
        ]
        for split in splits {
            let expected = split.expected.map { " of \($0) expected" } ?? ""
            lines.append(
                "  \(split.name): \(split.samples) samples\(expected), \(split.clips) clips, "
                    + "\(split.present) on disk, \(split.clips - split.present) missing")
        }
        lines += dataset.findings.map { "  \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }

    var json: [JSONValue] {
        let rows = splits.map { split in
            var fields: [String: JSONValue] = [
                "type": "item", "split": .string(split.name),
                "samples": .number(Double(split.samples)), "clips": .number(Double(split.clips)),
                "present": .number(Double(split.present)),
                "missing": .number(Double(split.clips - split.present)),
            ]
            fields["expected"] = split.expected.map { .number(Double($0)) }
            return JSONValue.object(fields)
        }
        let findings = dataset.findings.map { finding -> JSONValue in
            [
                "type": "item", "finding": .string(finding.kind),
                "count": .number(Double(finding.count)), "message": .string(finding.message),
            ]
        }
        let summary: JSONValue = [
            "type": "summary", "dataset": .string(dataset.name),
            "clips": .number(Double(dataset.clips.count)),
            "classes": .number(Double(dataset.vocabulary.count)),
            "segments": .number(Double(dataset.segments)),
            "segment_seconds": .number(dataset.segmentDuration),
        ]
        return rows + findings + [summary]
    }
}
