/// Any folder of media, with annotations of the user's own or none.
///
/// On disk: media files in any tree, which ``FolderScan`` finds and ``FolderClips`` names; and perhaps one
/// of `labels.csv`, `labels.tsv`, `annotations.csv`, `annotations.jsonl`, or the manifest's `annotations`.
/// Each of its lines has `clip` and any of `split`, `label`, `labels`, `start`, `end`, `text`,
/// `audio_clip`, as ``FolderRow`` has them; what else is there becomes fields.
///
/// Samples are the lines, by number, and then the clips that no line mentions, as `./<clip>`, in the order
/// of the bytes of their paths. A line with `start` or `end` annotates a stretch of a file, which is a
/// clip of its own. The classes are the labels in the order of their bytes. The media are below the root,
/// or below the folder that stands before `{id}` in the manifest's `media`.
enum MediaFolder: DatasetReader {
    private static let annotationNames = [
        "labels.csv", "labels.tsv", "annotations.csv", "annotations.jsonl",
    ]

    static func read(_ manifest: DatasetManifest, root: String) throws(AnnotationError) -> Dataset {
        let annotations = try annotations(manifest, root: root)
        guard manifest.media.count == 1, manifest.media[0].hasSuffix("{id}") else {
            throw AnnotationError(
                "use data set '\(manifest.name)'",
                "media of a folder is '{id}', or a folder before it as in 'clips/{id}'",
                .configuration)
        }
        let below = manifest.media[0].dropLast("{id}".count)
        let media =
            below.isEmpty ? root : "\(root)/\(below.hasSuffix("/") ? below.dropLast() : below)"
        let scan = try FolderScan(
            media, ignoring: below.isEmpty ? Set(annotations.map { [$0] } ?? []) : [])
        var clips = try FolderClips(scan.files, root: media)
        var tally = scan.tally, samples: [Sample] = []
        if let annotations {
            samples = try self.samples(of: "\(root)/\(annotations)", &clips, &tally)
        }
        for (id, path) in clips.unmentioned {
            if let annotations {
                tally.note(
                    "unlabelled-clip", in: media, "clips that \(annotations) does not mention",
                    at: path)
            }
            clips.mention(id, path)
            samples.append(Sample(id: "./\(id)", clip: id, split: nil))
        }
        guard !samples.isEmpty else {
            throw AnnotationError(
                "read data set \(root)", "there are neither media files nor annotations", .missing)
        }
        let vocabulary = Set(samples.flatMap(\.labels))
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return Dataset(
            name: manifest.name, samples: samples, clips: clips.clips, vocabulary: vocabulary,
            segments: manifest.segments, segmentDuration: manifest.segmentDuration,
            findings: AnnotationFinding.unexpectedCounts(of: samples, expected: manifest.expect)
                + tally.findings + AnnotationFinding.splitOverlap(of: samples),
            expected: manifest.expect)
    }

    /// Name of the annotations below the root; nil where there are none.
    private static func annotations(
        _ manifest: DatasetManifest, root: String
    ) throws(AnnotationError) -> String? {
        if let name = manifest.annotations {
            _ = try FileKind.find("\(root)/\(name)")
            return name
        }
        let names = annotationNames.filter { FileKind.isFile("\(root)/\($0)") }
        guard names.count <= 1 else {
            throw AnnotationError(
                "read data set \(root)",
                "\(names.joined(separator: " and ")) are there; a manifest has to say which counts",
                .configuration)
        }
        return names.first
    }

    private static func samples(
        of path: String, _ clips: inout FolderClips, _ tally: inout FindingTally
    ) throws(AnnotationError) -> [Sample] {
        var samples: [Sample] = []
        for (index, row) in try FolderRow.read(path).enumerated() {
            /// The id of the clip that a field names.
            func clip(
                _ text: String, _ field: String, start: Double? = nil, end: Double? = nil
            ) throws(AnnotationError) -> String {
                do throws(FolderClips.Objection) {
                    let reference = try clips.resolve(text)
                    if !reference.isFile {
                        tally.note(
                            "unknown-clip", in: path, "clips without a file",
                            at: "\(path):\(row.line) (\(field) '\(text)')")
                    }
                    return try clips.mention(reference, start: start, end: end)
                } catch {
                    throw AnnotationError(
                        "read \(path)", "line \(row.line): \(field) '\(text)' \(error.reason)")
                }
            }
            let id = try clip(row.clip, "clip", start: row.start, end: row.end)
            var audio: String?
            if let name = row.audioClip { audio = try clip(name, "audio_clip") }
            samples.append(
                Sample(
                    id: String(index), clip: id, split: row.split, labels: row.labels,
                    text: row.text, audioClip: audio, fields: row.fields))
        }
        return samples
    }
}
