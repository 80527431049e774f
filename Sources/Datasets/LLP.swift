/// LLP, audio-visual video parsing: events that are heard, seen or both in clips of ten seconds.
///
/// On disk, tab-separated in spite of their names, under a header line: `AVVP_train.csv`,
/// `AVVP_val_pd.csv`, `AVVP_test_pd.csv` with `filename` and `event_labels`, which says only that an
/// event occurs; `AVVP_eval_audio.csv`, `AVVP_eval_visual.csv` with `filename`, `onset`, `offset`,
/// `event_labels` for clips of val and test. A `filename` is a YouTube id and the start and end of
/// the clip, joined by `_`; the video is `<YouTube id>.mp4`, or has the whole name.
///
/// A sample's id is its `filename`, its clip the YouTube id. Fields `start` and `end` are the
/// seconds of the YouTube video. In a manifest's `media`, `{filename}` is that. An event of which
/// there is no row is neither heard nor seen; train has no events, only labels.
///
/// Source: Tian et al., *Unified Multisensory Perception: Weakly-Supervised Audio-Visual Video
/// Parsing*, ECCV 2020; <https://github.com/YapengTian/AVVP-ECCV20>.
enum LLP: DatasetReader {
    static let classes = [
        "Speech", "Car", "Cheering", "Dog", "Cat", "Frying_(food)", "Basketball_bounce",
        "Fire_alarm", "Chainsaw", "Cello", "Banjo", "Singing", "Chicken_rooster", "Violin_fiddle",
        "Vacuum_cleaner", "Baby_laughter", "Accordion", "Lawn_mower", "Motorcycle", "Helicopter",
        "Acoustic_guitar", "Telephone_bell_ringing", "Baby_cry_infant_cry", "Blender", "Clapping",
    ]
    static let classSet = Set(classes)

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        var samples: [Sample] = [], clips = ClipList(), tally = FindingTally()
        var absent: [String] = []
        for split in ["train", "val", "test"] {
            guard let name = manifest.splits[split] else { continue }
            guard let file = try AnnotationFile.find(name, below: root) else {
                absent.append(name)
                continue
            }
            samples += try weakSamples(of: file, split: split, &tally)
        }
        guard !samples.isEmpty else {
            throw AnnotationError(
                "read data set \(root)", "no samples in \(absent.joined(separator: ", "))", .missing
            )
        }
        var positions: [String: Int] = [:], names: [String: String] = [:]
        for (index, sample) in samples.enumerated() {
            if let other = positions.updateValue(index, forKey: sample.id) {
                throw AnnotationError(
                    "read data set \(root)",
                    "filename '\(sample.id)' is in splits \(samples[other].split ?? "") and "
                        + "\(sample.split ?? "")")
            }
            if let objection = clips.objection(to: sample.clip) {
                throw AnnotationError(
                    "read data set \(root)", "filename '\(sample.id)' \(objection)")
            }
            if let name = names.updateValue(sample.id, forKey: sample.clip) {
                tally.note(
                    "shared-clip", in: root, "names that stand for the same file",
                    at: "\(sample.id) and \(name)")
            }
            clips.add(
                sample.clip,
                path: manifest.mediaPath(of: sample.clip, root: root, ["filename": sample.id]))
        }
        var missing: [String] = []
        for modality in [Event.Modality.audio, .visual] {
            guard let name = manifest.files[modality.rawValue] else { continue }
            guard let file = try AnnotationFile.find(name, below: root) else {
                missing.append(name)
                continue
            }
            try addEvents(of: file, modality, to: &samples, positions, manifest, &tally)
        }
        try checkUnion(manifest, root: root, samples: samples, &tally)
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: classes,
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.missing("missing-split", absent, root: root)
                + AnnotationFinding.missing("missing-events", missing, root: root)
                + AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + tally.findings + AnnotationFinding.splitOverlap(of: samples),
            expected: manifest.expect)
    }

    /// The clips of a split and the events that occur somewhere in them.
    private static func weakSamples(
        of file: AnnotationFile, split: String, _ tally: inout FindingTally
    ) throws(AnnotationError) -> [Sample] {
        var samples: [Sample] = [], known: [String: Int] = [:]
        for row in try WeakRow.rows(of: file) {
            if let first = known[row.filename] {
                guard samples[first].labels == row.labels else {
                    throw file.error(
                        row.line, "filename '\(row.filename)' occurs before with other labels")
                }
                tally.note(
                    "duplicate-row", file, row.line, "rows that occur twice, counted once",
                    row.filename)
                continue
            }
            if row.filename.contains(".") {
                tally.note(
                    "decimal-time", file, row.line, "names with decimals in their times",
                    row.filename)
            }
            if row.repeatsLabel {
                tally.note(
                    "repeated-label", file, row.line, "rows that name an event twice", row.filename)
            }
            known[row.filename] = samples.count
            samples.append(
                Sample(
                    id: row.filename, clip: row.name.clip, split: split, labels: row.labels,
                    fields: ["start": row.name.start, "end": row.name.end]))
        }
        return samples
    }

    /// The file of all splits, if it is there, has to have the rows of the three.
    private static func checkUnion(
        _ manifest: DatasetManifest, root: String, samples: [Sample], _ tally: inout FindingTally
    ) throws(AnnotationError) {
        guard let name = manifest.files["full"],
            let file = try AnnotationFile.find(name, below: root)
        else { return }
        let labels = Dictionary(samples.map { ($0.id, $0.labels) }) { first, _ in first }
        for row in try WeakRow.rows(of: file) where labels[row.filename] != row.labels {
            tally.note(
                "other-union", file, row.line, "rows that differ from those of the splits",
                row.filename)
        }
    }
}
