/// MELD: emotion and sentiment of 13,708 utterances from a television series.
///
/// On disk: `train_sent_emo.csv`, `dev_sent_emo.csv`, `test_sent_emo.csv` with a header; a video for each
/// utterance, `dia<Dialogue_ID>_utt<Utterance_ID>.mp4`, in `train_splits`, `dev_splits_complete` or
/// `output_repeated_splits_test`. Tables may lie below the root or in `data/MELD`, `MELD`, `MELD.Raw`.
/// Ids are unique within a split only, so clips and samples are called `train/dia0_utt0`. The emotion is
/// the label; patterns of the manifest may use `{id}`, such as `dia0_utt0`, `{folder}` and `{split}`.
///
/// Source: Poria et al., *MELD: A Multimodal Multi-Party Dataset for Emotion Recognition in
/// Conversations*, ACL 2019; <https://github.com/declare-lab/MELD>.
enum MELD: DatasetReader {
    private static let emotions = [
        "neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear",
    ]
    private static let sentiments: Set = ["neutral", "negative", "positive"]

    /// Columns that become fields of a sample under their own names.
    private static let fields = [
        "Speaker", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season", "Episode", "StartTime",
        "EndTime",
    ]

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let places = AnnotationPlaces(root: root, folders: ["data/MELD", "MELD", "MELD.Raw"])
        var samples: [Sample] = [], clips = ClipList(), tally = FindingTally(),
            absent: [String] = []
        var vocabulary = emotions
        for (split, name) in manifest.orderedSplits {
            guard let path = places.find(name) else {
                absent.append(name)
                continue
            }
            let file = try CSVFile(reading: path, hasHeader: true)
            let table = try Table(file)
            var lines: [String: Int] = [:]
            for row in file.rows {
                let utterance = try table.utterance(of: row)
                let id = "\(split)/\(utterance.id)"
                if let line = lines.updateValue(row.line, forKey: id) {
                    throw file.error(row, "\(utterance.id) is on line \(line) already")
                }
                check(utterance, row, file, &tally)
                if !vocabulary.contains(utterance.emotion) {
                    tally.note(
                        "unknown-class", file, row, "emotions outside the seven, put behind them",
                        "'\(utterance.emotion)'")
                    vocabulary.append(utterance.emotion)
                }
                clips.add(id, path: manifest.meldPath(of: utterance.id, split, root: root))
                samples.append(
                    Sample(
                        id: id, clip: id, split: split, labels: [utterance.emotion],
                        text: utterance.text, fields: utterance.fields))
            }
        }
        guard !samples.isEmpty else { throw places.noneFound(manifest.orderedSplits.map(\.file)) }
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: vocabulary,
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.missing("missing-split", absent, root: root)
                + AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + tally.findings + knownDefects(manifest, root: root),
            expected: manifest.expect)
    }

    private static func check(
        _ utterance: Utterance, _ row: CSVFile.Row, _ file: CSVFile, _ tally: inout FindingTally
    ) {
        let times =
            "\(utterance.id): \(utterance.fields["StartTime"] ?? "") to "
            + "\(utterance.fields["EndTime"] ?? "")"
        if utterance.end < utterance.start {
            tally.note("reversed-times", file, row, "utterances that end before they start", times)
        } else if utterance.end - utterance.start < 0.1 {
            tally.note(
                "short", file, row, "utterances of less than 0.1 s, which may have no whole window",
                times)
        } else if utterance.end - utterance.start > 30 {
            tally.note("too-long", file, row, "utterances of more than 30 s, wrongly cut", times)
        }
        if utterance.hasOddTime {
            tally.note(
                "odd-time", file, row, "times without three decimals, taken as they are written",
                times)
        }
        if !utterance.text.utf8.allSatisfy({ $0 < 128 }) {
            tally.note(
                "typographic-text", file, row,
                "utterances with typographic quotes and the like, kept as they are", utterance.id)
        }
        if !sentiments.contains(utterance.fields["Sentiment"] ?? "") {
            tally.note(
                "unknown-sentiment", file, row, "sentiments outside the three",
                "'\(utterance.fields["Sentiment"] ?? "")'")
        }
    }

    struct Utterance {
        /// The name of its file, unique in a split.
        let id: String
        let text: String
        let emotion: String

        /// Seconds of the episode.
        let start: Double
        let end: Double
        let hasOddTime: Bool
        let fields: [String: String]
    }

    /// The columns of a split's table.
    private struct Table {
        private let file: CSVFile
        private let positions: [String: Int]

        init(_ file: CSVFile) throws(AnnotationError) {
            self.file = file
            var positions: [String: Int] = [:]
            for name in ["Utterance", "Emotion"] + MELD.fields {
                positions[name] = try file.column(name)
            }
            self.positions = positions
        }

        func utterance(of row: CSVFile.Row) throws(AnnotationError) -> Utterance {
            func field(_ name: String) -> String { row.fields[positions[name] ?? 0] }
            guard let dialogue = Int(field("Dialogue_ID")), let number = Int(field("Utterance_ID")),
                dialogue >= 0, number >= 0
            else {
                throw file.error(
                    row,
                    "Dialogue_ID '\(field("Dialogue_ID"))' and Utterance_ID "
                        + "'\(field("Utterance_ID"))' are not whole numbers")
            }
            var times: [EpisodeTime] = []
            for name in ["StartTime", "EndTime"] {
                guard let time = EpisodeTime(field(name)) else {
                    throw file.error(row, "\(name) '\(field(name))' is not hh:mm:ss,mmm")
                }
                times.append(time)
            }
            return Utterance(
                id: "dia\(dialogue)_utt\(number)", text: field("Utterance"),
                emotion: field("Emotion"),
                start: times[0].seconds, end: times[1].seconds,
                hasOddTime: times.contains { $0.decimals != 3 },
                fields: Dictionary(uniqueKeysWithValues: MELD.fields.map { ($0, field($0)) }))
        }
    }
}
