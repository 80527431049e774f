extension AVSBenchSemantic {
    /// Sizes of subsets that are not the official ones, and videos that several splits share.
    static func findings(in samples: [Sample], path: String) -> [AnnotationFinding] {
        var found: [String: [String: Int]] = [:]
        var splits: [String: [String: Set<String>]] = [:]
        for sample in samples {
            guard let split = sample.split, let subset = sample.fields["subset"],
                let video = sample.fields["youtube_id"]
            else { continue }
            found[subset, default: [:]][split, default: 0] += 1
            splits[subset, default: [:]][video, default: []].insert(split)
        }
        var findings: [AnnotationFinding] = []
        for (subset, counts) in counts.sorted(by: { $0.key < $1.key }) {
            for (split, expected) in counts.sorted(by: { $0.key < $1.key }) {
                let count = found[subset]?[split] ?? 0
                guard count != expected else { continue }
                findings.append(
                    AnnotationFinding(
                        kind: "unexpected-count", count: count,
                        message: "\(subset) has \(count) samples in \(split) of \(path); the "
                            + "official edition has \(expected)"))
            }
        }
        for (index, subset) in counts.keys.sorted().enumerated() {
            let videos = splits[subset] ?? [:]
            let shared = videos.filter { $0.value.count > 1 }.keys.sorted()
            if let first = shared.first {
                findings.append(
                    AnnotationFinding(
                        kind: "split-overlap", count: shared.count,
                        message: "\(shared.count) YouTube videos are in several splits of "
                            + "\(subset), such as \(first)"))
            }
            for other in counts.keys.sorted().dropFirst(index + 1) {
                let shared = videos.filter { video, splitsHere in
                    splits[other]?[video].map { splitsHere.union($0).count > 1 } ?? false
                }.keys.sorted()
                guard let first = shared.first else { continue }
                findings.append(
                    AnnotationFinding(
                        kind: "subset-overlap", count: shared.count,
                        message: "\(shared.count) YouTube videos are in \(subset) and \(other) and "
                            + "in different splits, such as \(first): keep the subsets apart"))
            }
        }
        return findings
    }
}
