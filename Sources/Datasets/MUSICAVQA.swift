/// MUSIC-AVQA, questions and answers on videos of music of 60 seconds.
///
/// On disk: `json_update/avqa-train.json`, `avqa-val.json`, `avqa-test.json`, perhaps below `data`,
/// each an array of objects with `video_id`, `question_id`, `type`, `question_content`,
/// `templ_values`, `question_deleted` and `anser`; `json` with the same files as first published;
/// videos in `MUSIC-AVQA-videos-Real` and `MUSIC-AVQA-videos-Synthetic`, or merged in one folder.
/// In a manifest's `media`, `{source}` is `Synthetic` for ids such as `sa00006547` and `Real` for
/// all others. Version 2.0 has rows of the same kind, with less order.
///
/// A sample's id is its split and the number of its row in the file, counted from 0, such as
/// `val:17`: question ids are not unique. Its fields are `question_id`, `modality`, `question_type`,
/// `template` (the question as it is in the file), `templ_values` (a JSON list), and what version
/// 2.0 adds: `audio_instrument`, `video_instrument`, `person`, `youtube_start` and
/// `youtube_duration` in seconds.
///
/// Source: Li et al., *Learning to Answer Questions in Dynamic Audio-Visual Scenarios*, CVPR 2022,
/// <https://github.com/GeWu-Lab/MUSIC-AVQA>; version 2.0: Liu et al., *Tackling Data Bias in
/// MUSIC-AVQA*, WACV 2024, <https://github.com/DragonLiu1995/MUSIC-AVQA-v2.0>.
public enum MUSICAVQA: DatasetReader {
    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        var samples: [Sample] = [], clips = ClipList(), tally = FindingTally()
        var absent: [String] = []
        let videos = try AdditionalVideos(manifest, root: root)
        for split in manifest.splits.keys.sorted(by: Self.precedes) {
            let name = manifest.splits[split] ?? ""
            let table: AnnotationRows
            do {
                table = try AnnotationRows(reading: AnnotationFile.place(of: name, below: root))
            } catch {
                guard error.kind == .missing else { throw error }
                absent.append(name)
                continue
            }
            guard !table.rows.isEmpty else {
                throw AnnotationError("read \(table.path)", "it has no rows")
            }
            let questions = try questions(of: table, &clips, &tally)
            for question in questions {
                for clip in question.videos {
                    if let videos, !isOriginal(clip), videos[clip] == nil {
                        tally.note(
                            "unknown-clip", in: table.path,
                            "videos that are neither in the first version nor in \(videos.path)",
                            at: "\(question.place) (\(clip))")
                    }
                    clips.add(
                        clip,
                        path: manifest.mediaPath(of: clip, root: root, ["source": source(of: clip)])
                    )
                }
                samples.append(question.sample(split: split, video: videos?[question.video]))
            }
        }
        guard !samples.isEmpty else {
            throw AnnotationError(
                "read data set \(root)", "no \(absent.joined(separator: ", "))", .missing)
        }
        let checks = try vocabularyFindings(manifest, root: root, samples: samples)
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: answers,
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.missing("missing-split", absent, root: root)
                + AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + tally.findings + AnnotationFinding.splitOverlap(of: samples)
                + checks,
            expected: manifest.expect)
    }

    /// Splits in the order train, val, test, and others after them.
    private static func precedes(_ a: String, _ b: String) -> Bool {
        func rank(_ split: String) -> Int { ["train", "val", "test"].firstIndex(of: split) ?? 3 }
        return (rank(a), a) < (rank(b), b)
    }

    /// Whether a clip belongs to the first version: eight digits, perhaps after a prefix.
    private static func isOriginal(_ clip: String) -> Bool {
        clip.utf8.suffix(8).allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            && (clip.utf8.count == 8 || source(of: clip) == "Synthetic")
    }

    private static let syntheticPrefixes: Set<Substring> = ["sa", "va", "vv", "eva", "esa", "evv"]

    /// Which of the two folders of the authors' archive a clip is in.
    private static func source(of clip: String) -> String {
        syntheticPrefixes.contains(clip.dropLast(8)) ? "Synthetic" : "Real"
    }

    /// The rows of a file, with their defects.
    private static func questions(
        of table: AnnotationRows, _ clips: inout ClipList, _ tally: inout FindingTally
    ) throws(AnnotationError) -> [Question] {
        var questions: [Question] = [], rows: [String: Int] = [:], reported: Set<String> = []
        questions.reserveCapacity(table.rows.count)
        for row in table.rows {
            let question = try Question(row)
            for (key, clip) in [
                ("video_id", question.video), ("unmatch_audio", question.audioVideo),
            ] {
                if let clip, let objection = clips.objection(to: clip) {
                    throw row.error("\(key) '\(clip)' \(objection)")
                }
            }
            question.noteDefects(row, &tally)
            if let id = question.id, let first = rows.updateValue(questions.count, forKey: id),
                reported.insert(id).inserted
            {
                let (kind, what) = question.relation(to: questions[first])
                tally.note(
                    kind, in: table.path, what,
                    at: "\(row.place) and \(questions[first].number) (question_id \(id))")
            }
            questions.append(question)
        }
        return questions
    }
}
