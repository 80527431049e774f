extension VGGSound {
    /// Clips that others leave out, and why, which the list's name says.
    struct ClipSelection {
        let name: String
        let path: String
        let clips: Set<VGGSoundClip>
    }

    /// Lists of clips among the manifest's files, as far as they are there.
    static func lists(
        _ manifest: DatasetManifest, _ places: AnnotationPlaces, _ tally: inout FindingTally
    ) throws(AnnotationError) -> [ClipSelection] {
        var lists: [ClipSelection] = []
        for (name, file) in manifest.files.sorted(by: { $0.key < $1.key }) where name != "classes" {
            guard let path = places.find(file) else { continue }
            let file = try AnnotationFile(reading: path)
            var clips: Set<VGGSoundClip> = []
            for line in file.lines {
                if let clip = VGGSoundClip(name: String(line.text)) {
                    clips.insert(clip)
                } else {
                    tally.note(
                        "unreadable-name", file, line, "lines that name no clip", "'\(line.text)'")
                }
            }
            lists.append(ClipSelection(name: name, path: path, clips: clips))
        }
        return lists
    }

    /// Labels in the order of their bytes, which is Python's for such texts too; labels that
    /// `stat.csv` lacks come behind, so that they shift no other.
    static func vocabulary(
        _ manifest: DatasetManifest, _ places: AnnotationPlaces, _ samples: [Sample],
        _ tally: inout FindingTally
    ) throws(AnnotationError) -> [String] {
        let found = sorted(Set(samples.flatMap(\.labels)))
        guard let name = manifest.files["classes"], let path = places.find(name) else {
            if found.count != classCount {
                tally.note(
                    "unexpected-classes", in: places.root,
                    "without \(manifest.files["classes"] ?? "a list of classes") the indices of the "
                        + "\(found.count) labels found are not the official ones of \(classCount)",
                    at: places.root)
            }
            return found
        }
        let file = try CSVFile(reading: path)
        let official = sorted(Set(file.rows.map { $0.fields[0] }))
        if official.count != classCount {
            tally.note(
                "unexpected-classes", in: path,
                "lists of classes with \(official.count) labels, where the official one has "
                    + "\(classCount)", at: path)
        }
        let known = Set(official)
        let unknown = found.filter { !known.contains($0) }
        for label in unknown {
            tally.note(
                "unknown-class", in: path, "labels that are not on this list, put behind it",
                at: "'\(label)'")
        }
        return official + unknown
    }

    private static func sorted(_ labels: Set<String>) -> [String] {
        labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
