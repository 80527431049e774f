/// MSR-VTT: 10,000 videos of 10 to 30 s with twenty captions each, in several splits of different authors.
///
/// On disk: one list of videos for each split, with a header line `video_id` or none, or with a caption
/// for each video, `key,vid_key,video_id,sentence`; the captions of all videos in `MSRVTT_data.json` or
/// `train_val_videodatainfo.json` and `test_videodatainfo.json`, the manifest's files whose names begin
/// with `captions`; videos as `video0.mp4` to `video9999.mp4`. The authors of splits keep their lists in
/// folders of their own, so lists are looked for below the root and in ``folders``.
///
/// A video has one sample for each caption, `video0#0` and so on; where its list has a sentence, that
/// alone, under its key; where no caption is known, one sample without text. The clip is the whole file.
///
/// Source: Xu et al., *MSR-VTT: A Large Video Description Dataset for Bridging Video and Language*,
/// CVPR 2016. Splits: Yu et al., ECCV 2018 (1k-A); Miech et al., arXiv:1804.02516.
enum MSRVTT: DatasetReader {
    /// Folders in which lists and captions are found in the wild.
    static let folders = [
        "annotation", "annotations", "data", "msrvtt_data", "EMCL", "collaborative-experts",
        "MSRVTT",
        "MSRVTT/annotation", "MSRVTT/high-quality/structured-symlinks",
        "high-quality/structured-symlinks",
        "structured-symlinks", "videodatainfo",
    ]

    /// Captions of each video in the official edition.
    private static let captionsPerVideo = 20

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let places = AnnotationPlaces(root: root, folders: folders)
        let captions = try Captions(manifest, places)
        var tally = FindingTally(), clips = ClipList(), absent: [String] = []
        var samples: [Sample] = [], expected: [String: Int] = [:], counts: [AnnotationFinding] = []
        for (split, name) in manifest.orderedSplits {
            let videos = manifest.expect[split]
            expected[split] = videos
            guard let path = places.find(name) else {
                absent.append(name)
                continue
            }
            let list = try List(reading: path)
            if let videos, list.entries.count != videos {
                counts.append(
                    AnnotationFinding(
                        kind: "unexpected-count", count: list.entries.count,
                        message: "split \(split) has \(list.entries.count) videos in \(path); the "
                            + "official edition has \(videos)"))
            }
            for entry in list.entries {
                if let objection = clips.objection(to: entry.video) {
                    throw list.file.error(entry.row, "video_id '\(entry.video)' \(objection)")
                }
                clips.add(entry.video, path: manifest.mediaPath(of: entry.video, root: root))
                let found = captions.samples(of: entry, split: split)
                if found.count == 1, found[0].text == nil, !captions.isEmpty {
                    tally.note(
                        "no-caption", list.file, entry.row, "videos without a caption",
                        "'\(entry.video)'")
                }
                if entry.sentence == nil, found[0].text != nil, found.count != captionsPerVideo {
                    tally.note(
                        "caption-count", list.file, entry.row,
                        "videos with another number of captions than \(captionsPerVideo)",
                        "'\(entry.video)': \(found.count)")
                }
                samples += found
            }
            if let videos, !list.hasSentences, list.entries.contains(where: { captions.has($0) }) {
                expected[split] = videos * captionsPerVideo
            }
        }
        guard !samples.isEmpty else { throw places.noneFound(manifest.orderedSplits.map(\.file)) }
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: [],
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.missing("missing-split", absent, root: root) + counts
                + tally.findings + AnnotationFinding.splitOverlap(of: samples),
            expected: expected)
    }

    /// The videos of a split.
    struct List {
        struct Entry {
            let row: CSVFile.Row
            let video: String
            var key: String?
            var sentence: String?
        }

        let file: CSVFile
        let entries: [Entry]
        let hasSentences: Bool

        init(reading path: String) throws(AnnotationError) {
            let plain = try CSVFile(reading: path)
            guard plain.rows.first?.fields.contains("video_id") == true else {
                guard plain.rows.allSatisfy({ $0.fields.count == 1 }) else {
                    throw AnnotationError("read \(path)", "line 1: no column 'video_id'")
                }
                file = plain
                entries = plain.rows.map { Entry(row: $0, video: $0.fields[0]) }
                hasSentences = false
                return
            }
            file = try CSVFile(reading: path, hasHeader: true)
            let video = try file.column("video_id"), sentence = try file.find("sentence")
            let key = try file.find("key")
            entries = file.rows.map { row in
                Entry(
                    row: row, video: row.fields[video], key: key.map { row.fields[$0] },
                    sentence: sentence.map { row.fields[$0] })
            }
            hasSentences = sentence != nil
        }
    }
}
