import Foundation

/// The semantic edition of ``AVSBench``: both earlier subsets and new clips of ten seconds.
///
/// On disk, below `AVSBench-semantic`: `metadata.csv` with `vid,uid,s_min,s_sec,a_obj,split,label`,
/// where `label` is the subset, `v1s`, `v1m` or `v2`, and `a_obj` the classes, joined by `_`;
/// `<subset>/<uid>/` with `frames/<n>.jpg`, `labels_semantic/<n>.png`, `labels_rgb/<n>.png`, counted
/// from 0, and `audio.wav`. Clips of `v1s` and `v1m` last five seconds, so of their ten segments the
/// last five are not valid. Train of `v1s` has one mask, other clips of `v1s` and `v1m` five, those
/// of `v2` ten; ``Sample/masks`` are those in `labels_semantic`.
///
/// Samples have the `uid` as their id and the fields `subset`, a name for a manifest's `media`,
/// `youtube_id`, and `start`, in seconds of the YouTube video. Class indices are those of
/// `label2idx.json`, or by first appearance where it is absent. The annotations have 72 names, two
/// of which, `background` and `off-the-screen`, are no objects; evaluation has 71 classes.
///
/// Source: Zhou et al., *Audio-Visual Segmentation with Semantics*, arXiv 2301.13190;
/// <https://github.com/OpenNLPLab/AVSBench>, `avs_scripts/avss/color_dataloader.py`.
enum AVSBenchSemantic: DatasetReader {
    /// Samples of a subset in a split of the official edition.
    static let counts: [String: [String: Int]] = [
        "v1s": ["train": 3452, "val": 740, "test": 740],
        "v1m": ["train": 296, "val": 64, "test": 64],
        "v2": ["train": 4750, "val": 500, "test": 750],
    ]

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let name = manifest.annotations ?? "AVSBench-semantic/metadata.csv"
        let file = try AnnotationFile(reading: AnnotationFile.place(of: name, below: root))
        var samples: [(row: AVSBench.Row, sample: Sample)] = [], tally = FindingTally()
        for row in try AVSBench.rows(of: file, fields: 7...7, headers: ["vid"]) {
            samples.append((row, try sample(row, &tally)))
        }
        let classes = try vocabulary(manifest, root: root, samples.map(\.sample))
        return try AVSBench.dataset(
            manifest, root: root, samples, names: ["subset"], vocabulary: classes.names,
            findings: classes.findings + tally.findings
                + findings(in: samples.map(\.sample), path: file.path))
    }

    private static func sample(
        _ row: AVSBench.Row, _ tally: inout FindingTally
    ) throws(AnnotationError) -> Sample {
        let clip = try row.name(1, "uid"), subset = String(row.fields[6])
        let split = try row.split(5)
        guard counts[subset] != nil else {
            throw row.error("label '\(subset)' is none of the subsets v1s, v1m and v2")
        }
        guard let minutes = Int(row.fields[2]), let seconds = Int(row.fields[3]),
            0...10_000 ~= minutes, 0...60 ~= seconds
        else {
            throw row.error("s_min '\(row.fields[2])' and s_sec '\(row.fields[3])' are no time")
        }
        let start = minutes * 60 + seconds
        let duration = subset == "v2" ? 10 : 5
        let times = "\(row.fields[0])_\(start * 1000)_\((start + duration) * 1000)"
        if subset == "v1m" ? clip != row.fields[0] : clip != times {
            tally.note(
                "other-uid", row.file, row.line, "uids that disagree with vid and start", clip)
        }
        var labels: [String] = []
        for label in row.fields[4].split(separator: "_", omittingEmptySubsequences: false) {
            guard !label.isEmpty else {
                throw row.error("a_obj '\(row.fields[4])' has an empty class")
            }
            if label == "h orse" {
                tally.note("label-spelling", row.file, row.line, "'h orse', read as horse", clip)
            }
            labels.append(label == "h orse" ? "horse" : String(label))
        }
        let masks = subset == "v2" ? 10 : subset == "v1s" && split == "train" ? 1 : 5
        var fields = ["subset": subset, "start": String(start)]
        // A clip of v1m is the n-th of its video: <YouTube id>_<n>.
        fields["youtube_id"] = String(
            subset == "v1m"
                ? row.fields[0][..<(row.fields[0].lastIndex(of: "_") ?? row.fields[0].endIndex)]
                : row.fields[0])
        fields["masks"] = Sample.maskField(
            (0..<masks).map { "AVSBench-semantic/\(subset)/\(clip)/labels_semantic/\($0).png" })
        return Sample(id: clip, clip: clip, split: split, labels: labels, fields: fields)
    }

    /// Names of the classes in the order of `label2idx.json`, if it is there.
    private static func vocabulary(
        _ manifest: DatasetManifest, root: String, _ samples: [Sample]
    ) throws(AnnotationError) -> (names: [String], findings: [AnnotationFinding]) {
        var known: Set<String> = []
        let met = samples.flatMap(\.labels).filter { known.insert($0).inserted }
        let name = manifest.files["classes"] ?? "AVSBench-semantic/label2idx.json"
        let path = AnnotationFile.place(of: name, below: root)
        guard FileKind.isFile(path) else {
            return (met, AnnotationFinding.missing("missing-vocabulary", [name], root: root))
        }
        let bytes = try AnnotationFile.bytes(of: path)
        guard let indices = try? JSONDecoder().decode([String: Int].self, from: bytes),
            Set(indices.values) == Set(0..<indices.count)
        else {
            throw AnnotationError(
                "read \(path)", "it is not an object that numbers classes from 0 without gaps")
        }
        let unnumbered = met.filter { indices[$0] == nil }
        var findings: [AnnotationFinding] = []
        if let first = unnumbered.first {
            findings.append(
                AnnotationFinding(
                    kind: "unnumbered-class", count: unnumbered.count,
                    message: "classes of the annotations that \(path) does not number, put after "
                        + "the others: \(unnumbered.count), the first is \(first)"))
        }
        return (indices.sorted { $0.value < $1.value }.map(\.key) + unnumbered, findings)
    }
}
