extension MUSICAVQA {
    /// Whether the files at hand agree with the published vocabularies.
    static func vocabularyFindings(
        _ manifest: DatasetManifest, root: String, samples: [Sample]
    ) throws(AnnotationError) -> [AnnotationFinding] {
        var findings: [AnnotationFinding] = []
        let train = samples.filter { $0.split == "train" }
        if let expected = manifest.expect["train"], train.count == expected {
            var known: Set<String> = []
            let order = train.compactMap(\.answer).filter { known.insert($0).inserted }
            if order != answers {
                findings.append(
                    AnnotationFinding(
                        kind: "answer-order", count: order.count,
                        message:
                            "the \(order.count) answers of train first appear in another order "
                            + "than the published one, which is used"))
            }
        }
        if let file = try vocabulary("answers", manifest, root: root) {
            findings += difference(file.lines.map { String($0.text) }, answers, file.path)
        }
        if let file = try vocabulary("questions", manifest, root: root) {
            let words = file.lines.map { String($0.text) }
            let second = words.dropFirst().firstIndex(of: questionWords[0]) ?? words.count
            if second < words.count {
                findings.append(
                    AnnotationFinding(
                        kind: "doubled-vocabulary", count: words.count,
                        message: "\(file.path) has \(words.count) lines, of which those from "
                            + "\(file.lines[second].number) on repeat the first and are not used"))
            }
            findings += difference(Array(words[..<second]), questionWords, file.path)
        }
        return findings
    }

    private static func vocabulary(
        _ key: String, _ manifest: DatasetManifest, root: String
    ) throws(AnnotationError) -> AnnotationFile? {
        guard let name = manifest.files[key] else { return nil }
        return try AnnotationFile.find(name, below: root)
    }

    private static func difference(
        _ words: [String], _ published: [String], _ path: String
    ) -> [AnnotationFinding] {
        guard words != published else { return [] }
        let first =
            zip(words, published).enumerated().first { $1.0 != $1.1 }?.offset
            ?? min(words.count, published.count)
        return [
            AnnotationFinding(
                kind: "other-vocabulary", count: words.count,
                message: "\(path) differs from the published list, which is used, from entry "
                    + "\(first) on")
        ]
    }
}
