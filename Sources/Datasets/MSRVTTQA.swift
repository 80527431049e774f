/// MSRVTT-QA: 243,680 questions on the videos of MSR-VTT, with one word as the answer.
///
/// On disk: for each split a file with an object on each line, `answer`, `question`, `video_id`,
/// `answer_type`; and the answers that count as classes with their indices, the manifest's file
/// `answers`. The files are called `val.jsonl` and `train_ans2label.json` where they are published, or
/// the same behind `msrvtt_qa_`. They lie where the lists of ``MSRVTT`` do.
///
/// Source: Xu et al., *Video Question Answering via Gradually Refined Attention over Appearance and
/// Motion*, ACM Multimedia 2017; the form of the files is that of <https://github.com/jpthu17/EMCL>.
enum MSRVTTQA: DatasetReader {
    private struct Question: Decodable {
        let answer: String
        let question: String
        let video: String
        let answerType: String?

        private enum CodingKeys: String, CodingKey {
            case answer, question
            case video = "video_id"
            case answerType = "answer_type"
        }
    }

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let places = AnnotationPlaces(root: root, folders: MSRVTT.folders)
        let answers = try answers(manifest, places)
        let known = Set(answers)
        var samples: [Sample] = [], clips = ClipList(), tally = FindingTally(),
            absent: [String] = []
        for (split, name) in manifest.orderedSplits {
            guard let path = places.find(spellings(of: name)) else {
                absent.append(name)
                continue
            }
            let file = try AnnotationFile(reading: path)
            for (index, line) in file.lines.enumerated() {
                let row = try JSONAnnotations.read(Question.self, from: line, of: file)
                if let objection = clips.objection(to: row.video) {
                    throw file.error(line, "video_id '\(row.video)' \(objection)")
                }
                if !known.isEmpty, !known.contains(row.answer) {
                    tally.note(
                        "unknown-answer", file, line,
                        "answers outside the \(known.count) that are classes", "'\(row.answer)'")
                }
                clips.add(row.video, path: manifest.mediaPath(of: row.video, root: root))
                samples.append(
                    Sample(
                        id: "\(split)-\(index)", clip: row.video, split: split, text: row.question,
                        answer: row.answer,
                        fields: row.answerType.map { ["answer_type": $0] } ?? [:]))
            }
        }
        guard !samples.isEmpty else { throw places.noneFound(manifest.orderedSplits.map(\.file)) }
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: answers,
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.missing("missing-split", absent, root: root)
                + AnnotationFinding.missing(
                    "missing-answers", answers.isEmpty ? [manifest.files["answers"] ?? ""] : [],
                    root: root)
                + AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + tally.findings + AnnotationFinding.splitOverlap(of: samples),
            expected: manifest.expect)
    }

    /// Answers in the order of their indices; none where their file is absent.
    private static func answers(
        _ manifest: DatasetManifest, _ places: AnnotationPlaces
    ) throws(AnnotationError) -> [String] {
        guard let name = manifest.files["answers"], let path = places.find(spellings(of: name))
        else {
            return []
        }
        let indices = try JSONAnnotations.read([String: Int].self, from: path)
        let answers = indices.sorted { $0.value < $1.value }
        for (index, answer) in answers.enumerated() where answer.value != index {
            throw AnnotationError(
                "read \(path)",
                "the indices of \(answers.count) answers are not 0 to \(answers.count - 1): "
                    + "'\(answer.key)' has \(answer.value) where \(index) is expected")
        }
        return answers.map(\.key)
    }

    /// The name of a file here and where it is published.
    private static func spellings(of name: String) -> [String] {
        let prefix = "msrvtt_qa_"
        return name.hasPrefix(prefix) ? [name, String(name.dropFirst(prefix.count))] : [name]
    }
}
