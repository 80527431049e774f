extension MELD {
    /// What the authors call the folders of the splits.
    private static let folders = [
        "train": "train_splits", "val": "dev_splits_complete", "dev": "dev_splits_complete",
        "test": "output_repeated_splits_test",
    ]

    /// Files that are known to be there without being annotated, by split.
    private static let extras = [
        "val": ["dia49_utt4", "dia49_utt5", "dia66_utt9", "dia66_utt10"],
        "test": ["dia108_utt2", "final_videos_testdia101_utt0"],
    ]

    static func folder(of split: String) -> String { folders[split] ?? split }

    /// Defects of the published videos, as far as they are on this disk.
    ///
    /// Source: issues 20, 22, 27 and 39 of <https://github.com/declare-lab/MELD>.
    static func knownDefects(_ manifest: DatasetManifest, root: String) -> [AnnotationFinding] {
        var findings: [AnnotationFinding] = []
        func report(_ kind: String, _ what: String, _ paths: [String]) {
            guard let first = paths.first else { return }
            findings.append(
                AnnotationFinding(
                    kind: kind, count: paths.count,
                    message: "\(what): \(paths.count), the first \(first)"))
        }
        func present(_ split: String, _ ids: [String]) -> [String] {
            ids.map { manifest.meldPath(of: $0, split, root: root) }.filter(FileKind.isFile)
        }
        report(
            "known-corrupt", "files that the authors published corrupt",
            present("train", ["dia125_utt3"]))
        let missing = manifest.meldPath(of: "dia110_utt7", "val", root: root)
        let hasFolder = FileKind.isFolder(String(missing.prefix(upTo: missing.lastIndex(of: "/")!)))
        if manifest.splits["val"] != nil, hasFolder, !FileKind.isFile(missing) {
            report("known-missing", "files that the authors did not publish", [missing])
        }
        report(
            "known-extra", "files without an annotation, which are not clips",
            extras.sorted { $0.key < $1.key }.flatMap { present($0.key, $0.value) })
        return findings
    }
}

extension DatasetManifest {
    /// Path of an utterance's file.
    func meldPath(of id: String, _ split: String, root: String) -> String {
        mediaPath(of: id, root: root, ["folder": MELD.folder(of: split), "split": split])
    }
}
