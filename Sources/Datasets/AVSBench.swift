/// AVSBench, audio-visual segmentation: masks of the objects that sound, in three subsets.
///
/// What the readers of the subsets share: tables with commas and without quoting, splits, and the
/// files beside the videos. A sample's id and its clip are the name of the video without extension;
/// its ``Sample/masks`` are the masks that the release has, which in train of the single-source
/// subset is the first alone. Pickled spectrograms (`audio_log_mel`) are never opened: unpickling
/// runs whatever is in them.
///
/// Source: Zhou et al., *Audio-Visual Segmentation*, ECCV 2022, arXiv 2207.05042;
/// <https://github.com/OpenNLPLab/AVSBench>.
enum AVSBench {
    /// A line of a table, cut at its commas.
    struct Row {
        let line: AnnotationFile.Line
        let file: AnnotationFile
        let fields: [Substring]

        /// A field that is part of paths.
        func name(_ index: Int, _ what: String) throws(AnnotationError) -> String {
            guard Clip.isSafe(id: fields[index]) else {
                throw error("\(what) '\(fields[index])' cannot be a file's name")
            }
            return String(fields[index])
        }

        func split(_ index: Int) throws(AnnotationError) -> String {
            guard ["train", "val", "test"].contains(fields[index]) else {
                throw error("split '\(fields[index])' is none of train, val and test")
            }
            return String(fields[index])
        }

        func error(_ reason: String) -> AnnotationError { file.error(line, reason) }
    }

    /// The rows of a table, without a header line, whose first field is one of `headers`.
    static func rows(
        of file: AnnotationFile, fields counts: ClosedRange<Int>, headers: Set<Substring>
    ) throws(AnnotationError) -> [Row] {
        var rows: [Row] = []
        for line in file.lines {
            let fields = line.text.split(separator: ",", omittingEmptySubsequences: false)
            if line.number == 1, let first = fields.first, headers.contains(first) { continue }
            guard counts.contains(fields.count) else {
                throw file.error(
                    line, "\(fields.count) fields where \(counts.lowerBound) belong")
            }
            rows.append(Row(line: line, file: file, fields: fields))
        }
        guard !rows.isEmpty else { throw AnnotationError("read \(file.path)", "it has no rows") }
        return rows
    }

    /// Makes a data set of samples in the order of the rows.
    static func dataset(
        _ manifest: DatasetManifest, root: String, _ samples: [(row: Row, sample: Sample)],
        names: [String], vocabulary: [String], findings: [AnnotationFinding]
    ) throws(AnnotationError) -> Dataset {
        var clips = ClipList(), lines: [String: Int] = [:]
        for (row, sample) in samples {
            if let objection = clips.objection(to: sample.clip) {
                throw row.error("name '\(sample.clip)' \(objection)")
            }
            if let line = lines.updateValue(row.line.number, forKey: sample.clip) {
                throw row.error("'\(sample.clip)' occurs before, in line \(line)")
            }
            var values = ["split": sample.split ?? ""]
            for name in names { values[name] = sample.fields[name] }
            clips.add(
                sample.clip, path: manifest.mediaPath(of: sample.clip, root: root, values))
        }
        var samples = samples.map(\.sample)
        let frames = try Frames(manifest, root: root)
        let frameFindings = frames?.add(to: &samples) ?? []
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: vocabulary,
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + findings + frameFindings,
            expected: manifest.expect)
    }

    /// Says which parts of a release are there, where its videos are not.
    static func absentVideos(
        _ folder: String, others: [String], root: String
    ) -> [AnnotationFinding] {
        guard !FileKind.isFolder("\(root)/\(folder)") else { return [] }
        let present = others.filter { FileKind.isFolder("\(root)/\($0)") }
        let rest =
            present.isEmpty ? "nor other parts" : "but there is \(present.joined(separator: ", "))"
        return [
            AnnotationFinding(
                kind: "no-videos", count: 1, message: "no \(folder) below \(root), \(rest)")
        ]
    }
}
