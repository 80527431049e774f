extension AVSBench {
    /// A list of test frames with their objects, as users of the data set share them.
    ///
    /// On disk, without header: `<name>_<frame>,<object>` or `<name>_<frame>,"<object>, <object>"`;
    /// frames are counted from 1.
    ///
    /// Source: <https://github.com/swimmiing/ACL-SSL>, `avs1_s4_test.csv` and `avs1_ms3_test.csv`.
    struct Frames {
        private struct Entry {
            let line: AnnotationFile.Line
            let name: String
            let frame: Int
            let objects: [String]
        }

        private let file: AnnotationFile
        private let entries: [Entry]

        /// Reads the list that a manifest calls `frames`; nil if it is not there.
        init?(_ manifest: DatasetManifest, root: String) throws(AnnotationError) {
            guard let name = manifest.files["frames"],
                let file = try AnnotationFile.find(name, below: root)
            else { return nil }
            self.file = file
            var entries: [Entry] = []
            for line in file.lines {
                let fields = line.text.split(
                    separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
                guard fields.count == 2, let end = fields[0].lastIndex(of: "_"),
                    let frame = Int(fields[0][end...].dropFirst()), frame > 0
                else { throw file.error(line, "it is not a name, _, a frame and an object") }
                let objects = fields[1].split(separator: ",").map { object in
                    String(object.drop { " \"".contains($0) }.prefix { $0 != "\"" })
                }
                entries.append(
                    Entry(
                        line: line, name: String(fields[0][..<end]), frame: frame,
                        objects: objects))
            }
            self.entries = entries
        }

        /// Gives samples the fields `frames` (numbers with blanks between them) and `frame_objects`
        /// (names with commas between them).
        func add(to samples: inout [Sample]) -> [AnnotationFinding] {
            var positions: [String: Int] = [:], tally = FindingTally()
            for (index, sample) in samples.enumerated() where sample.split == "test" {
                positions[sample.clip] = index
            }
            for entry in entries {
                guard let position = positions[entry.name] else {
                    tally.note(
                        "unknown-clip", file, entry.line, "frames of clips that are not in test",
                        entry.name)
                    continue
                }
                let before = samples[position].fields["frames"].map { "\($0) " } ?? ""
                samples[position].fields["frames"] = before + String(entry.frame)
                samples[position].fields["frame_objects"] = entry.objects.joined(separator: ",")
            }
            return tally.findings
        }
    }
}
