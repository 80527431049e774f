/// Questions on the videos of VALOR-32K, with an answer in words, and four to choose from.
///
/// On disk: a table for each split with the columns of ``columns``, one question a row; it is called
/// `processed_val_data.csv` where it is published, or the same behind `valor32k-avqa2_`. It lies where
/// the files of ``VALOR`` do. A clip's name is `<video_id>_<start_time>_<end_time>`.
///
/// A sample has the question as its text, `answer_1` as its answer, and the other columns as fields. Some
/// rows have too many or too few fields, since more or fewer answers were written into them: such a row
/// keeps its question and first answer, and has no multiple choice.
///
/// Source: <https://github.com/inesriahi/valor32k-avqa-2>.
enum VALORQuestions: DatasetReader {
    private static let columns = [
        "video_id", "start_time", "end_time", "caption", "type", "mode", "question", "answer_1",
        "answer_2", "answer_3", "mcq_1", "mcq_2", "mcq_3", "mcq_4", "correct_mcq",
    ]

    /// Columns that do not depend on the number of answers.
    private static let fixed = 8

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let places = AnnotationPlaces(root: root, folders: VALOR.folders)
        var samples: [Sample] = [], clips = ClipList(), tally = FindingTally(),
            absent: [String] = []
        for (split, name) in manifest.orderedSplits {
            guard let path = places.find(spellings(of: name)) else {
                absent.append(name)
                continue
            }
            let file = try CSVFile(reading: path, hasHeader: true, keepsRagged: true)
            guard file.header == columns else {
                throw AnnotationError(
                    "read \(path)", "line 1: the columns are not \(columns.joined(separator: ","))")
            }
            var met: Set<String> = []
            for (index, row) in file.rows.enumerated() {
                guard row.fields.count >= fixed else {
                    throw file.error(row, "\(row.fields.count) fields, too few for an answer")
                }
                let clip = try clip(of: row, in: file)
                if let objection = clips.objection(to: clip.id) {
                    throw file.error(row, "clip '\(clip.id)' \(objection)")
                }
                if met.insert(clip.id).inserted, clip.isShort {
                    tally.note("short", file, row, "clips of less than 9.5 s", "'\(clip.id)'")
                }
                clips.add(clip.id, path: manifest.mediaPath(of: clip.id, root: root))
                let fields = fields(of: row, in: file, &tally)
                samples.append(
                    Sample(
                        id: "\(split)-\(index)", clip: clip.id, split: split, text: row.fields[6],
                        answer: row.fields[7], fields: fields))
            }
        }
        guard !samples.isEmpty else { throw places.noneFound(manifest.orderedSplits.map(\.file)) }
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: [],
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.missing("missing-split", absent, root: root)
                + AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + tally.findings + AnnotationFinding.splitOverlap(of: samples),
            expected: manifest.expect)
    }

    private static func clip(
        of row: CSVFile.Row, in file: CSVFile
    ) throws(AnnotationError) -> VALORClip {
        guard let start = Double(row.fields[1]), let end = Double(row.fields[2]), 0 <= start,
            start < end
        else {
            throw file.error(
                row,
                "start_time '\(row.fields[1])' and end_time '\(row.fields[2])' are no interval")
        }
        // File names have the text of the times, so "7.800" must not become "7.8".
        return VALORClip(name: row.fields[..<3].joined(separator: "_"))
    }

    /// The columns of a row besides clip, question and first answer.
    private static func fields(
        of row: CSVFile.Row, in file: CSVFile, _ tally: inout FindingTally
    ) -> [String: String] {
        var fields: [String: String] = [:]
        for index in [3, 4, 5] { fields[columns[index]] = row.fields[index] }
        if row.fields[3].isEmpty {
            fields["caption"] = nil
            tally.note("empty-caption", file, row, "rows without a caption", "'\(row.fields[0])'")
        }
        if !row.fields[1].hasSuffix(".000") {
            tally.note(
                "fractional-start", file, row, "starts that are not whole seconds, kept as written",
                "'\(row.fields[1])'")
        }
        guard row.fields.count == columns.count, ["0", "1", "2", "3"].contains(row.fields[14])
        else {
            let value = row.fields.count < columns.count ? "missing" : "'\(row.fields[14])'"
            tally.note(
                "broken-choice", file, row,
                "rows whose correct_mcq is missing or no index, kept without a multiple choice",
                "\(row.fields.count) fields, correct_mcq \(value)")
            return fields
        }
        for index in fixed..<columns.count { fields[columns[index]] = row.fields[index] }
        return fields
    }

    /// The name of a file here and where it is published.
    private static func spellings(of name: String) -> [String] {
        let prefix = "valor32k-avqa2_"
        return name.hasPrefix(prefix) ? [name, String(name.dropFirst(prefix.count))] : [name]
    }
}
